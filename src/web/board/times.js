// Sets every moment on the page into the viewer's own time zone, with the repository's beside it. How long something has been so
// stays as it is, and tells since when to whoever points at it.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const told = new Intl.DateTimeFormat(undefined, {
  weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});

const setTimes = () => {
  for (const element of document.querySelectorAll("time[datetime]:not([data-own])")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.dataset.own = "";
    const isAge = element.classList.contains("age");
    const there = isAge ? element.title : element.textContent;
    const here = told.format(moment);
    const zone = element.dataset.zone;
    const both = zone && zone !== own ? `${here}, ${there}` : here;
    if (isAge) {
      element.title = both;
    } else {
      element.textContent = both;
      element.title = there;
    }
  }
};

setTimes();
document.addEventListener("greenlight:fresh", setTimes);
