/** How dates and numbers are written: as in the visitor's own country, in the language of the page. */

export function locale(): string {
  const language = document.documentElement.lang || "en";
  const own = navigator.languages?.find((one) => one.split("-")[0] === language);
  // Without a country, English dates begin with the day, as in most of them.
  return own && own !== "en" ? own : language === "en" ? "en-GB" : language;
}
