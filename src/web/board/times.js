// Sets every moment on the page into the viewer's own time zone, and leaves the other one to be seen beside it.
for (const element of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) continue;
  const there = element.textContent;
  element.textContent = new Intl.DateTimeFormat(undefined, {
    weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  }).format(moment);
  element.title = there;
}
