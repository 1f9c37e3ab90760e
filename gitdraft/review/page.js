// Makes the pages pleasant; everything works without it but the opening of a capability's link. No build step, no HTML
// made of strings.
{
  "use strict";
  const root = document.documentElement.dataset.root || "/";
  const make = (tag, text, parent) => {
    const node = document.createElement(tag);
    node.textContent = text;
    if (parent) parent.append(node);
    return node;
  };
  document.documentElement.classList.add("scripted");

  // the token of a capability's link: out of the address first, then given for a cookie
  const token = location.hash.slice(1);
  if (/^gd[ct]_/.test(token) && location.protocol !== "file:") {
    history.replaceState(null, "", location.pathname + location.search);
    const opening = document.getElementById("opening");
    if (opening) opening.hidden = false;
    fetch(root + "session", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ token }),
    }).then((answer) => {
      if (answer.ok) return location.reload();
      if (opening) opening.textContent = "This link opens nothing any more: it has expired, or was revoked.";
    }).catch(() => {
      if (opening) opening.textContent = "The service cannot be reached. Reload the link to try again.";
    });
  }

  // what is typed outlives a reload and the end of a session; what was sent is forgotten with the next page
  const typed = document.querySelector("form[data-keep]");
  const keep = (form) => "typed " + form.dataset.keep;
  const fields = (form) => [...form.elements].filter((e) => e.name && !["hidden", "password", "submit"].includes(e.type));
  const read = (e) => (e.type === "checkbox" || e.type === "radio" ? e.checked : e.value);
  const first = (e) => {
    if (e.type === "checkbox" || e.type === "radio") return e.defaultChecked;
    if (e.tagName === "SELECT") return ([...e.options].find((o) => o.defaultSelected) || e.options[0] || {}).value;
    return e.defaultValue;
  };
  const id = (e) => e.name + (e.type === "radio" ? " " + e.value : "");
  try {
    const sent = sessionStorage.getItem("sent");
    const isRefused = document.querySelector(".kept") || (typed && keep(typed) === sent && typed.dataset.refused);
    if (sent && !isRefused) {
      if (!typed || keep(typed) !== sent || document.querySelector(".notice:not(#kept)")) sessionStorage.removeItem(sent);
    }
    sessionStorage.removeItem("sent");
    if (typed) {
      const key = keep(typed);
      const kept = JSON.parse(sessionStorage.getItem(key) || "null");
      if (kept && !typed.dataset.refused && typed.dataset.whole) {  // its places may be others: the server draws them
        const form = make("form", "", document.body);
        form.method = "post";
        form.action = typed.action;
        for (const [name, value] of [...kept, ["step", "show"]]) {
          const field = make("textarea", "", form);
          field.name = name;
          field.value = value;
        }
        form.hidden = true;
        form.submit();
      } else if (kept && !typed.dataset.refused) {
        let count = 0;
        for (const e of fields(typed)) {
          const value = kept[id(e)];
          if (value === undefined || value === read(e)) continue;
          if (typeof value === "boolean") e.checked = value; else e.value = value;
          count += 1;
        }
        const note = document.getElementById("kept");
        if (count && note) note.hidden = false;
      }
      const whole = () => [...new FormData(typed)].filter(([name]) => name !== "step");
      const before = JSON.stringify(whole());
      const save = () => {
        if (JSON.stringify(whole()) !== before || typed.dataset.refused) sessionStorage.setItem(key, JSON.stringify(whole()));
      };
      if (typed.dataset.whole && typed.dataset.refused) save();
      typed.addEventListener("input", () => {
        if (typed.dataset.whole) return save();
        const changed = Object.fromEntries(fields(typed).filter((e) => read(e) !== first(e)).map((e) => [id(e), read(e)]));
        sessionStorage.setItem(key, JSON.stringify(changed));
      });
      typed.addEventListener("submit", () => sessionStorage.setItem("sent", key));
      const discard = document.getElementById("discard");
      if (discard) discard.addEventListener("click", () => { sessionStorage.removeItem(key); location.assign(typed.dataset.whole ? typed.action : location.href); });
    }
  } catch { /* a browser that keeps nothing */ }

  // what this browser has seen: how a draft stood when it was looked at last, and the changes that were ticked, as hashes
  try {
    const looked = document.querySelector("[data-looked]");
    if (looked) {
      const key = "looked " + looked.dataset.looked;
      const now = { state: looked.dataset.state, at: looked.dataset.at };
      const last = JSON.parse(localStorage.getItem(key) || "null");
      const done = new URLSearchParams(location.search).get("done");  // one's own step is seen; a remark is none
      const isSeen = "seen" in looked.dataset || (done && !["commented", "approve", "request-changes"].includes(done));
      if (!last || isSeen) localStorage.setItem(key, JSON.stringify(now));
      else if (last.state !== now.state) {
        const link = looked.querySelector("a");
        link.search = last.at;
        looked.hidden = false;
      }
    }
    const changes = [...document.querySelectorAll("[data-change]")];
    if (changes.length) {
      const key = "viewed " + location.pathname;
      const ticked = new Set(JSON.parse(localStorage.getItem(key) || "[]"));
      const tally = make("p", "");
      tally.className = "summary";
      tally.setAttribute("role", "status");
      changes[0].before(tally);
      const show = () => {
        const count = changes.filter((change) => ticked.has(change.dataset.change)).length;
        tally.textContent = `${count} of the ${changes.length} on this page viewed.`;
      };
      for (const change of changes) {
        const label = make("label", "", change.querySelector(".badges"));
        label.className = "check viewed";
        const box = make("input", "", label);
        box.type = "checkbox";
        box.setAttribute("aria-describedby", change.getAttribute("aria-labelledby"));
        box.checked = ticked.has(change.dataset.change);
        make("span", "viewed", label);
        change.classList.toggle("is-viewed", box.checked);
        box.addEventListener("change", () => {
          if (box.checked) ticked.add(change.dataset.change); else ticked.delete(change.dataset.change);
          localStorage.setItem(key, JSON.stringify([...ticked].slice(-2000)));
          change.classList.toggle("is-viewed", box.checked);
          show();
        });
      }
      show();
    }
  } catch { /* a browser that keeps nothing */ }

  // what a reference may name, as it is typed
  for (const input of document.querySelectorAll("input[data-suggest]")) {
    let last = "";
    input.addEventListener("input", async () => {
      const asked = last = input.value;
      if (asked.length < 2 || !input.list) return;
      const answer = await fetch(input.dataset.suggest + encodeURIComponent(asked)).catch(() => null);
      if (!answer || !answer.ok || asked !== last) return;
      input.list.replaceChildren();
      for (const [key, label] of await answer.json()) make("option", label, input.list).value = key;
    });
  }

  // keys, outside of fields and never while a word is composed
  const rows = [...document.querySelectorAll("[data-row]")];
  let current = -1;
  const go = (step) => {
    if (!rows.length) return;
    current = Math.min(Math.max(current + step, 0), rows.length - 1);
    rows.forEach((row, index) => row.classList.toggle("current-row", index === current));
    const target = rows[current].querySelector("a, button, input, summary") || rows[current];
    if (target === rows[current]) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    rows[current].scrollIntoView({ block: "nearest" });
  };
  const follow = (rel) => { const link = document.querySelector(`a[rel=${rel}]`); if (link) link.click(); };
  const help = () => {
    let dialog = document.querySelector("dialog");
    if (!dialog) {
      dialog = make("dialog", "", document.body);
      dialog.setAttribute("aria-label", "Keys");
      make("h2", "Keys", dialog);
      const list = make("dl", "", dialog);
      for (const [key, what] of [["j", "next"], ["k", "previous"], ["n", "next page"], ["p", "previous page"], ["?", "these keys"]]) {
        make("kbd", key, make("dt", "", list));
        make("dd", what, list);
      }
      make("button", "Close", dialog).addEventListener("click", () => dialog.close());
    }
    dialog.showModal();
  };
  const keys = { j: () => go(1), k: () => go(-1), n: () => follow("next"), p: () => follow("prev"), "?": help };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
}
