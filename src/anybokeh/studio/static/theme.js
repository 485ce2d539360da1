// Dark or light: as the system has it, until it was chosen here.

export function applyTheme() {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
}

export function switchTheme() {
  const now = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
  localStorage.setItem("theme", now === "dark" ? "light" : "dark");
  applyTheme();
}
