// Goes on to GitHub by itself, so that one click is enough. Without script there is the button.
const form = document.querySelector('form.go-on');
if (form && performance.getEntriesByType('navigation')[0]?.type === 'navigate') form.submit();
