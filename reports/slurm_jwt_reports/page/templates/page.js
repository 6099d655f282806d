/* Makes the page better, not readable: filters whose state is in the address, and links that open what
   they point to. Without it every row and entry is there. */
(() => {
  "use strict";
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const fields = ["show", "with", "topic", "rule", "q"];
  const entries = [...document.querySelectorAll("details.case")];
  const items = [...document.querySelectorAll("#mx tr[data-m]")].map((row, place) => ({
    row,
    entry: entries[place],
    marks: row.dataset.m,
    odd: row.dataset.o || "",
    news: row.dataset.n || "",
    rules: (row.dataset.r || "").split(" "),
    topic: row.closest("[data-t]").dataset.t,
    text: (row.firstElementChild.textContent + " " + entries[place].firstElementChild.textContent).toLowerCase(),
  }));
  // Rows and entries stand in lots. Where all of a lot is out, the lot alone is hidden: that is much less to do.
  const lots = [...document.querySelectorAll(".lot")].map((lot) => ({ lot, shown: [] }));
  const byLot = new Map(lots.map((one) => [one.lot, one]));
  for (const item of items) {
    byLot.get(item.row.closest(".lot")).shown.push([item, item.row]);
    byLot.get(item.entry.closest(".lot")).shown.push([item, item.entry]);
  }
  const groups = [...document.querySelectorAll("#mx .part, section.topic")];
  const implementations = [...form.elements.with.options].slice(1).map((option) => option.value);
  // A library in its configurations is one, and so are all releases of Slurm: the name before the colon.
  const families = implementations.map((name) => name.split(":", name.startsWith("cmd:") ? 2 : 1).join(":"));

  const alone = (item, codes) => {
    const differ = (family, place) => codes.includes(item.marks[place]) || codes.includes(item.odd[place] || "-");
    return new Set(families.filter(differ)).size === 1;
  };

  const matches = (item, want) => {
    const marks = want.place < 0 ? item.marks + item.odd : item.marks[want.place] + (item.odd[want.place] || "");
    const news = want.place < 0 ? item.news : (item.news[want.place] || "-").replace("-", "");
    return (
      (!want.news || news) &&
      (!want.codes || [...marks].some((mark) => want.codes.includes(mark))) &&
      (!want.alone || alone(item, want.codes)) &&
      (!want.topic || item.topic === want.topic) &&
      (!want.rule || item.rules.includes(want.rule)) &&
      (!want.text || item.text.includes(want.text))
    );
  };

  const apply = () => {
    const value = (name) => form.elements[name].value;
    const want = {
      news: form.elements.show.selectedOptions[0].dataset.news,
      codes: form.elements.show.selectedOptions[0].dataset.codes,
      alone: form.elements.show.selectedOptions[0].dataset.alone,
      place: implementations.indexOf(value("with")),
      topic: value("topic"),
      rule: value("rule"),
      text: value("q").trim().toLowerCase(),
    };
    let count = 0;
    for (const item of items) {
      item.out = !matches(item, want);
      count += item.out ? 0 : 1;
    }
    for (const { lot, shown } of lots) {
      lot.hidden = shown.every(([item]) => item.out);
      if (!lot.hidden) for (const [item, element] of shown) element.hidden = item.out;
    }
    for (const group of groups) group.hidden = !group.querySelector(".lot:not([hidden])");
    document.body.classList.toggle("filtered", count < items.length); // what is printed
    shown.textContent = count === items.length ? `all ${count} cases` : `${count} of ${items.length} cases`;
  };

  const split = () => {
    const hash = location.hash.slice(1);
    const mark = hash.indexOf("?");
    return mark < 0 ? [hash, ""] : [hash.slice(0, mark), hash.slice(mark + 1)];
  };

  const write = () => {
    const params = new URLSearchParams();
    for (const name of fields) if (form.elements[name].value) params.set(name, form.elements[name].value);
    const query = params.toString();
    const target = split()[0];
    history.replaceState(null, "", query || target ? `#${target}${query ? "?" + query : ""}` : location.pathname + location.search);
  };

  const reveal = (name) => {
    const target = name && document.getElementById(decodeURIComponent(name));
    if (!target) return;
    const entry = target.closest("details");
    if (entry) {
      if (entry.closest("[hidden]")) {
        form.reset();
        apply();
      }
      entry.open = true;
      entry.firstElementChild.focus({ preventScroll: true }); // whoever goes by keyboard or ear goes on from here
    }
    target.scrollIntoView();
  };

  const follow = () => {
    const [target, query] = split();
    if (query || !target) {
      const params = new URLSearchParams(query);
      for (const name of fields) form.elements[name].value = params.get(name) || "";
      for (const name of fields) if (form.elements[name].selectedIndex === -1) form.elements[name].selectedIndex = 0;
      apply();
    } else {
      write();
    }
    try {
      reveal(target || (query && "filter"));
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
    }
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    apply();
    write();
  });
  form.addEventListener("reset", () => setTimeout(() => {
    apply();
    write();
  }));
  addEventListener("hashchange", follow);
  const each = (open) => () => entries.filter((entry) => !entry.closest("[hidden]")).forEach((entry) => { entry.open = open; });
  document.getElementById("open").addEventListener("click", each(true));
  document.getElementById("close").addEventListener("click", each(false));
  form.hidden = false;
  document.querySelector(".tools").hidden = false;
  apply();
  follow();
})();
