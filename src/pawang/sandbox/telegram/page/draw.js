// How a message looks: its words with their styles, its picture, its buttons.
//
// Everything is made of nodes and text, never of HTML from a message.

import { glyphs } from "./emoji.js";

// What a drawing needs of the page: { me, chat, send, press, say, stick, view }.
let room = {};

export function enter(page) {
  room = page;
}

export function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.append(...glyphs(text));
  return node;
}

export const two = (number) => String(number).padStart(2, "0");
export const hours = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

const STYLE = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

function copy(node) {
  node.title = "Tap to copy";
  node.tabIndex = 0;
  node.setAttribute("role", "button");
  node.setAttribute("aria-label", `Copy ${node.textContent}`);
  const run = async () => {
    try { await navigator.clipboard.writeText(node.textContent); } catch { return; }
    room.say(`Copied ${node.textContent}`);
  };
  node.addEventListener("click", run);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter") run(); });
}

function styledNode(entity, text) {
  if (entity.type === "code" || entity.type === "pre") return make(entity.type);
  if (entity.type === "text_link" || entity.type === "url") {
    const link = make("a");
    link.href = entity.url || text;
    if (!/^https?:$/.test(link.protocol)) link.removeAttribute("href");
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    return link;
  }
  if (entity.type === "spoiler") {
    const spoiler = make("span", "spoiler");
    spoiler.addEventListener("click", () => spoiler.classList.add("seen"));
    return spoiler;
  }
  return make(STYLE[entity.type] || "span");
}

// Entities are offsets in UTF-16, which is how a JavaScript string counts too.
function drawText(into, text, entities, from, to) {
  let at = from;
  const inside = entities.filter((one) => one.offset >= from && one.offset + one.length <= to);
  while (inside.length) {
    const entity = inside.shift();
    if (entity.offset < at || entity.type === "bot_command") continue;
    const end = entity.offset + entity.length;
    drawPlain(into, text.slice(at, entity.offset));
    const node = styledNode(entity, text.slice(entity.offset, end));
    if (node.matches("code, pre")) {
      node.textContent = text.slice(entity.offset, end);
      copy(node);
    } else {
      drawText(node, text, inside.filter((one) => one.offset < end), entity.offset, end);
    }
    into.append(node);
    at = end;
  }
  drawPlain(into, text.slice(at, to));
}

function drawPlain(into, text) {
  let at = 0;
  for (const match of text.matchAll(/(?<![\w/.])\/[a-z][a-z0-9_]{1,31}(?![\w/])/g)) {
    into.append(...glyphs(text.slice(at, match.index)));
    const command = make("button", "command", match[0]);
    command.type = "button";
    command.addEventListener("click", () => room.send(match[0]));
    into.append(command);
    at = match.index + match[0].length;
  }
  into.append(...glyphs(text.slice(at)));
}

function drawPicture(message) {
  const size = message.photo[message.photo.length - 1];
  const frame = make("button", "picture");
  frame.type = "button";
  const image = make("img");
  image.src = `/file/${size.file_id}`;
  image.alt = message.caption || "Picture";
  if (size.width) { image.width = size.width; image.height = size.height; }
  image.addEventListener("load", () => room.stick());
  frame.append(image);
  frame.addEventListener("click", () => room.view(image));
  return frame;
}

function drawPaper(document) {
  const link = make("a", "paper");
  link.href = `/file/${document.file_id}`;
  link.download = document.file_name;
  const words = make("span", "", document.file_name);
  words.append(make("small", "", `${Math.ceil(document.file_size / 1024)} kB`));
  link.append(make("i", "", "↓"), words);
  return link;
}

function drawButton(button, message) {
  const url = button.url || button.web_app?.url;
  const node = make(url ? "a" : "button");
  node.append(make("span", "", button.text)); // one child, so that emoji and words share a line
  node.dataset.label = button.text;
  if (url) {
    node.href = url;
    node.target = "_blank";
    node.rel = "noopener noreferrer";
    return node;
  }
  node.type = "button";
  node.addEventListener("click", () => room.press(node, message, button.text));
  return node;
}

function drawKeyboard(message) {
  const keyboard = make("div", "keyboard");
  for (const buttons of message.reply_markup.inline_keyboard) {
    const row = make("div", "row");
    for (const button of buttons) row.append(drawButton(button, message));
    keyboard.append(row);
  }
  return keyboard;
}

function drawMeta(message) {
  const when = new Date((message.edit_date || message.date) * 1000);
  const meta = make("span", "meta", message.edit_date ? `edited ${hours(when)}` : hours(when));
  meta.title = when.toLocaleString();
  return meta;
}

function drawBubble(message, mine) {
  const bubble = make("div", "bubble");
  if (!mine && room.chat.type !== "private") bubble.append(make("div", "sender", message.from.first_name));
  if (message.forward_origin) bubble.append(make("div", "sender", "Forwarded message"));
  const replied = message.reply_to_message;
  if (replied) bubble.append(make("div", "quote", replied.text || replied.caption || "Picture"));
  if (message.photo) bubble.append(drawPicture(message));
  if (message.document) bubble.append(drawPaper(message.document));
  const words = message.text ?? message.caption ?? "";
  const text = make("div", "text");
  const entities = message.entities || message.caption_entities || [];
  drawText(text, words, entities, 0, words.length);
  bubble.append(text, drawMeta(message));
  return bubble;
}

export function draw(message) {
  const mine = message.from.id === room.me.user_id;
  const node = make("article", mine ? "message mine" : "message");
  node.dataset.messageId = message.message_id;
  node.dataset.date = message.date;
  node.setAttribute("aria-label", `${mine ? "You" : message.from.first_name}`);
  const ref = /^ref: (\S+)/m.exec(message.text || message.caption || "");
  if (ref) node.dataset.ref = ref[1];
  if (message.forum_topic_created) {
    node.className = "service";
    node.textContent = `Topic “${message.forum_topic_created.name}”`;
    return node;
  }
  node.append(drawBubble(message, mine));
  if (message.reply_markup?.inline_keyboard) {
    node.classList.add("keys");
    node.append(drawKeyboard(message));
  }
  if (message.reactions?.length) drawReactions(node, message.reactions);
  return node;
}

export function drawReactions(node, emoji) {
  node.querySelector(".reactions")?.remove();
  if (!emoji.length) return;
  const row = make("div", "reactions");
  for (const one of emoji) row.append(make("span", "", one));
  node.querySelector(".bubble")?.after(row);
}
