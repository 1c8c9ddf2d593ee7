/* The appliance's clock as this browser reckons it: a wrong clock in a phone moves no countdown. */
const [navigation] = performance.getEntriesByType("navigation");
const told = Number(document.body.dataset.now);
let offset = told ? told - (performance.timeOrigin + (navigation?.responseStart ?? performance.now())) : 0;

/** Return UTC ms by the appliance's clock. */
export const now = () => Date.now() + offset;

document.addEventListener("dt:health", ({ detail }) => {
  if (detail.clock?.now) offset = detail.clock.now - Date.now();
});
