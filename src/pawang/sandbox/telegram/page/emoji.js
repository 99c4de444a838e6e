// Own small drawings of the emoji the desk uses, for hosts without an emoji font.
//
// Servers and containers often have none, and then every button is an empty box. Where the host
// can draw an emoji itself, its own is used. The letter stays in the page, so that text read or
// copied from it is whole.

const round = (color, inner = "") => `<circle cx="12" cy="12" r="10" fill="${color}"/>${inner}`;
const line = (path, color = "#fff", width = 2.6) =>
  `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
const fill = (path, color) => `<path d="${path}" fill="${color}"/>`;
const box = (color, inner) => `<rect x="2" y="2" width="20" height="20" rx="5" fill="${color}"/>${inner}`;

const HAND = "M7 10.5 11 3.2c.3-.7 1.1-.9 1.8-.6 1 .4 1.5 1.4 1.3 2.5L13.5 9H19a2.3 2.3 0 0 1 2.2 2.9l-1.7 6.7A3.2 3.2 0 0 1 16.4 21H7z";
const thumb = (turn) =>
  `<g transform="${turn}">${fill(HAND, "#ffc83d")}${fill("M2.5 10H6v11H2.5z", "#e8a317")}</g>`;
const BOOK = (color) =>
  `${fill("M5 3h13a1 1 0 0 1 1 1v17H6a2 2 0 0 1-2-2V4a1 1 0 0 1 1-1z", color)}${fill("M6 18h13v2.2H6a1.1 1.1 0 0 1 0-2.2z", "#fff")}${line("M8.5 7.5h6.5M8.5 11h4.5", "#fff", 1.6)}`;

const DRAWN = {
  "🟢": round("#2fb457"),
  "🔴": round("#e0393e"),
  "🟡": round("#f2c230"),
  "⚪": round("#cfd6d8"),
  "✅": box("#2fb457", line("M6.5 12.5 10.3 16.2 17.5 8")),
  "❌": line("M5 5 19 19M19 5 5 19", "#e0393e", 4),
  "✖": line("M6 6 18 18M18 6 6 18", "currentColor", 3.6),
  "🎯": `${round("#e0393e")}<circle cx="12" cy="12" r="6.8" fill="#fff"/><circle cx="12" cy="12" r="3.8" fill="#e0393e"/>${line("M12 12 20 4", "#7a4a1d", 1.8)}`,
  "🔥": `${fill("M12.5 1.5c.6 4.2 6.5 6.6 6.5 12.5a7 7 0 0 1-14 0c0-3 1.6-4.8 2.7-6.5.5 1.4 1.1 2.1 2 2.5.2-3.4.9-6.3 2.8-8.5z", "#f4772b")}${fill("M12.2 11c.4 2 3 3.1 3 5.7a3.2 3.2 0 0 1-6.4 0c0-2.4 2.4-3.3 3.4-5.7z", "#ffd34d")}`,
  "📘": BOOK("#3a7bd5"),
  "📖": `${fill("M12 6C9.5 4 6 3.8 2 4.5v14c4-.7 7.5-.4 10 1.5 2.5-1.9 6-2.2 10-1.5v-14c-4-.7-7.5-.5-10 1.5z", "#f7f3e6")}${line("M12 6v14M4.5 8.5c2-.2 3.8 0 5 .6M4.5 12c2-.2 3.8 0 5 .6M14.5 9.1c1.2-.6 3-.8 5-.6M14.5 12.6c1.2-.6 3-.8 5-.6", "#9a7b4f", 1.2)}`,
  "👍": thumb(""),
  "👎": thumb("rotate(180 12 12)"),
  "⏸": box("#4a8fd8", line("M9.3 8v8M14.7 8v8", "#fff", 2.8)),
  "▶": box("#4a8fd8", fill("M9 7v10l8-5z", "#fff")),
  "⚠": `${fill("M12 2.5 22.5 21h-21z", "#ffc83d")}${line("M12 9v5.5M12 17.8v.1", "#4a3306", 2.2)}`,
  "🛡": `${fill("M12 2 20.5 5v6c0 5.5-3.6 9-8.5 11-4.9-2-8.5-5.5-8.5-11V5z", "#5b86b5")}${fill("M12 4.2v15.4c3.8-1.7 6.5-4.4 6.5-8.6V6.5z", "#86acd3")}`,
  "📌": `${fill("M9 2h6l-.7 6.5L18 12v2H6v-2l3.7-3.5z", "#e0393e")}${line("M12 14v8", "#8b9499", 2)}`,
  "🔔": `${fill("M12 2.5a6.5 6.5 0 0 1 6.5 6.5v5l2 3.5h-17l2-3.5V9A6.5 6.5 0 0 1 12 2.5z", "#ffc83d")}${fill("M9.5 19h5a2.5 2.5 0 0 1-5 0z", "#e8a317")}`,
  "💤": line("M4 5h7l-7 8h7M14 12h6l-6 7h6", "#4a8fd8", 2.2),
  "🛑": `${fill("M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z", "#e0393e")}${line("M7 12h10", "#fff", 3)}`,
  "🚨": `${fill("M6 17v-5a6 6 0 0 1 12 0v5z", "#e0393e")}${fill("M4 17.5h16V21H4z", "#8b9499")}${line("M12 1.5v2M4.5 4.5 6 6M19.5 4.5 18 6", "#ffc83d", 1.8)}`,
  "📊": `${box("#f3f5f6", `${fill("M5.5 12h3v6.5h-3z", "#2fb457")}${fill("M10.5 6h3v12.5h-3z", "#e0393e")}${fill("M15.5 9h3v9.5h-3z", "#4a8fd8")}`)}`,
  "📈": box("#f3f5f6", line("M5 17 10 11.5 13 14 19 6.5", "#e0393e", 2.2)),
  "📉": box("#f3f5f6", line("M5 7 10 12 13 9.5 19 17", "#4a8fd8", 2.2)),
  "👻": `${fill("M12 2.5A7.5 7.5 0 0 0 4.5 10v11l3-2 2.3 2 2.2-2 2.2 2 2.3-2 3 2V10A7.5 7.5 0 0 0 12 2.5z", "#e9edf0")}<circle cx="9.3" cy="10" r="1.5" fill="#333"/><circle cx="14.7" cy="10" r="1.5" fill="#333"/>`,
  "🐅": `${round("#f2a33a")}${line("M12 3v5M7.5 4.5 9 8M16.5 4.5 15 8", "#4a2a06", 1.8)}<circle cx="8.5" cy="12" r="1.3" fill="#222"/><circle cx="15.5" cy="12" r="1.3" fill="#222"/>${line("M10 16.5c1 1 3 1 4 0", "#222", 1.6)}`,
};

// Drawn on a canvas, an emoji of a font has colours; the empty box of a missing one has none.
function hostDraws(emoji) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "18px sans-serif";
  pen.fillText(emoji, 0, 18);
  const { data } = pen.getImageData(0, 0, 24, 24);
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 40 && Math.max(data[at], data[at + 1], data[at + 2]) > 60) return true;
  }
  return false;
}

const needed = !hostDraws("🔥");
const found = new RegExp(`(?:${Object.keys(DRAWN).join("|")})\uFE0F?`, "gu");

function picture(emoji) {
  const ink = matchMedia("(prefers-color-scheme: dark)").matches ? "#edf4f2" : "#12201c";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" color="${ink}">${DRAWN[emoji.replace("\uFE0F", "")]}</svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}

// The text as nodes: plain pieces, and a drawing for each emoji the host cannot show.
export function glyphs(text) {
  if (!needed) return [text];
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(found)) {
    const node = document.createElement("span");
    node.className = "glyph";
    node.textContent = match[0];
    node.style.backgroundImage = picture(match[0]);
    nodes.push(text.slice(at, match.index), node);
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes;
}
