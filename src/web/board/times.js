// Sets every moment on the page into the viewer's own time zone, with the repository's beside it where the clocks differ. How long
// something has been so stays as it is, and tells since when to whoever points at it.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const thisYear = new Date().getFullYear();
const clock = { hour: "2-digit", minute: "2-digit" };
const day = { weekday: "short", day: "numeric", month: "short" };

const told = (moment, how) => new Intl.DateTimeFormat(undefined, how).format(moment);

const inBoth = (moment, zone) => {
  const year = moment.getFullYear() === thisYear ? {} : { year: "numeric" };
  const here = told(moment, { ...day, ...year, ...clock });
  if (!zone || zone === own) return here;
  const isOtherDay = told(moment, { ...day, timeZone: zone }) !== told(moment, day);
  const there = told(moment, { ...(isOtherDay ? day : {}), ...clock, timeZone: zone });
  return `${here} (${there} in ${zone})`;
};

const setTimes = () => {
  for (const element of document.querySelectorAll("time[datetime]:not([data-own])")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.dataset.own = "";
    const isAge = element.classList.contains("age");
    const there = isAge ? element.title : element.textContent;
    const both = inBoth(moment, element.dataset.zone);
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
