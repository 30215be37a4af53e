// Runs before the first paint, so that a dark page never flashes white.
(function () {
  var stored = null;
  try {
    stored = localStorage.getItem("nova-theme");
  } catch {
    // Storage may be forbidden; the system's choice holds then.
  }
  var dark = stored ? stored === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  var root = document.documentElement;
  root.dataset.theme = dark ? "dark" : "light";
  root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
