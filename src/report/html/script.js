"use strict";
(() => {
  // Headings that sort. Cells are compared by their number where they have one, else as text.
  const value = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.by === undefined ? cell.textContent.trim() : Number(cell.dataset.by);
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  const sort = (table, heading) => {
    const at = heading.cellIndex;
    const first = heading.classList.contains("n") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = heading.getAttribute("aria-sort") === first ? other : first;
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row, at), row]);
    rows.sort(([a], [b]) => sign * compare(a, b));
    body.append(...rows.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    table.caption.firstChild.append(" A click on a heading sorts.");
    for (const heading of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading));
      heading.append(button);
    }
  }

  // The timeline can be made wider than the window.
  for (const timeline of document.querySelectorAll("[data-zoom]")) {
    const lanes = timeline.querySelector(".lanes");
    const scroll = timeline.querySelector(".scroll");
    const bar = document.createElement("div");
    bar.className = "zoom";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Zoom of the timeline");
    bar.append("Zoom");
    const buttons = [1, 2, 5, 10, 25].map((times) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${times}×`;
      button.setAttribute("aria-pressed", String(times === 1));
      button.addEventListener("click", () => {
        const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / scroll.scrollWidth;
        lanes.style.width = times === 1 ? "" : `${times * 100}%`;
        scroll.scrollLeft = middle * scroll.scrollWidth - scroll.clientWidth / 2;
        for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      });
      return button;
    });
    bar.append(...buttons);
    timeline.prepend(bar);
  }

  // What is under the pointer, at once and with line breaks; the title moves to where readers of the screen find it.
  const tip = document.getElementById("tip");
  const words = (target) => {
    const title = target.querySelector(":scope > title");
    if (title) {
      target.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    return target.getAttribute("aria-label");
  };
  const show = (event) => {
    const target = event.target instanceof Element && event.target.closest(".lanes rect, .lanes use");
    const said = target && words(target);
    tip.hidden = !said;
    if (!said) return;
    tip.textContent = said;
    const { width, height } = tip.getBoundingClientRect();
    const below = event.clientY + 18 + height < innerHeight;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 8))}px`;
    tip.style.top = `${below ? event.clientY + 18 : Math.max(4, event.clientY - height - 12)}px`;
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("pointerleave", () => (tip.hidden = true));
  document.addEventListener("keydown", (event) => event.key === "Escape" && (tip.hidden = true));
  document.addEventListener("scroll", () => (tip.hidden = true), true);
})();
