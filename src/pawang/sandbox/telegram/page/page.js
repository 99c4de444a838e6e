// The chat as its person sees it: state once, then changes by long poll; taps and words go back.
//
// Layout: places (the elements), people (who we are), time, the log, pins and menu, what the person
// does, following the changes. How a message looks is in draw.js.

import { draw, drawReactions, enter, hours, make, two } from "./draw.js";
import { glyphs } from "./emoji.js";

const place = (id) => document.getElementById(id);
const log = place("log"), composer = place("composer"), toast = place("toast");
const asked = new URLSearchParams(location.search);
const MESSAGES_SHOWN = 300; // older ones leave the page, not the chat
const PRESS_SHOWN_MS = 15000; // a button stops turning when nobody answers

const me = { user_id: 0, chat_id: 0 };
const chat = { bot: {}, commands: [], pinned: null, version: 0, type: "private" };
const pressed = new Map(); // callback id -> the button that turns

async function ask(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const reply = await fetch(path, options);
  const told = await reply.json();
  if (!reply.ok) throw new Error(told.error || `error ${reply.status}`);
  return told;
}

// -- time ---------------------------------------------------------------------------------------

const clock = { now_ms: 0, speed: 1, read: 0 };

function readClock(told) {
  Object.assign(clock, told, { read: performance.now() });
}

const deskNow = () => new Date(clock.now_ms + (performance.now() - clock.read) * clock.speed);
const dayName = (date) =>
  date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });

function tick() {
  if (!clock.read) return;
  const now = deskNow();
  place("time").textContent = `${hours(now)}:${two(now.getSeconds())}`;
  place("day").textContent = dayName(now);
}

let noteUntil = 0;
function note(words, live = false, forMs = 0) {
  if (!forMs && performance.now() < noteUntil) return;
  noteUntil = forMs ? performance.now() + forMs : 0;
  place("note").textContent = words;
  place("note").classList.toggle("live", live);
  if (forMs) setTimeout(() => { noteUntil = 0; noteSpeed(); }, forMs);
}

function noteSpeed() {
  const speed = Math.round(clock.speed * 10) / 10;
  note(clock.following ? `market time, ${speed}×` : "bot · simulated Telegram");
}

// -- the log --------------------------------------------------------------------------------------

const found = (id) => log.querySelector(`[data-message-id="${CSS.escape(String(id))}"]`);
const atBottom = () => log.scrollHeight - log.scrollTop - log.clientHeight < 90;
let sticky = true, unread = 0;

function stick() {
  if (sticky) log.scrollTop = log.scrollHeight;
}

function countUnread(more) {
  unread = sticky ? 0 : unread + more;
  place("down").hidden = sticky;
  place("unread").hidden = unread === 0;
  place("unread").textContent = unread;
}

function putDay(message) {
  const day = new Date(message.date * 1000);
  const name = day.toDateString();
  if (log.dataset.day === name) return;
  log.dataset.day = name;
  log.append(make("div", "day", dayName(day)));
}

function show(message, fresh) {
  const old = found(message.message_id);
  const node = draw(message);
  if (old) {
    node.classList.add("changed");
    for (const button of old.querySelectorAll("[aria-busy=true]")) turnAgain(node, button);
    const reactions = old.querySelector(".reactions");
    if (reactions) node.querySelector(".bubble")?.after(reactions);
    old.replaceWith(node);
  } else {
    log.querySelector(".empty")?.remove();
    putDay(message);
    const last = log.lastElementChild;
    if (last?.classList.contains("mine") !== node.classList.contains("mine")) node.classList.add("turn");
    if (fresh) node.classList.add("fresh");
    log.append(node);
    while (log.children.length > MESSAGES_SHOWN) log.firstElementChild.remove();
    if (message.from.id === me.user_id) sticky = true;
    if (fresh) countUnread(1);
  }
  if (chat.pinned?.message_id === message.message_id) pin(message);
  stick();
}

// An edit can come before the answer to the press that caused it.
function turnAgain(node, old) {
  const again = node.querySelector(`button[data-label="${CSS.escape(old.dataset.label)}"]`);
  for (const [id, button] of pressed) {
    if (button !== old) continue;
    if (again) { again.setAttribute("aria-busy", "true"); pressed.set(id, again); } else pressed.delete(id);
  }
}

function showEmpty() {
  const box = make("div", "empty");
  box.append(make("p", "", "No messages here yet."));
  const start = make("button", "", "Start");
  start.type = "button";
  start.addEventListener("click", () => send("/start"));
  box.append(start);
  log.append(box);
}

// -- pin, notices, menu -----------------------------------------------------------------------------

function pin(message) {
  chat.pinned = message;
  place("pin").hidden = !message;
  const words = message ? message.text || message.caption || "Picture" : "";
  place("pin-text").replaceChildren(...glyphs(words.split("\n").join(" · ")));
}

place("pin").addEventListener("click", () => {
  const node = found(chat.pinned?.message_id);
  if (!node) return;
  node.classList.remove("found");
  node.scrollIntoView({ block: "center" });
  requestAnimationFrame(() => node.classList.add("found"));
});

let toastTimer = 0;
function say(words) {
  toast.replaceChildren(...glyphs(words));
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.hidden = true; }, 3200);
}

function notice(answer) {
  const button = pressed.get(answer.callback_id);
  button?.removeAttribute("aria-busy");
  pressed.delete(answer.callback_id);
  if (!answer.text || answer.user_id !== me.user_id) return;
  if (!answer.alert) { say(answer.text); return; }
  place("alert-text").replaceChildren(...glyphs(answer.text));
  if (!place("alert").open) place("alert").showModal();
}

const menu = place("commands");
let chosen = -1;

function openMenu(typed) {
  const fitting = chat.commands.filter((one) => `/${one.command}`.startsWith(typed));
  menu.replaceChildren(...fitting.map((one, index) => {
    const item = make("li");
    item.id = `command-${index}`;
    item.setAttribute("role", "option");
    item.append(make("b", "", `/${one.command}`), make("span", "", one.description));
    item.addEventListener("click", () => { closeMenu(); send(`/${one.command}`); });
    return item;
  }));
  choose(-1);
  menu.hidden = fitting.length === 0;
  place("menu").setAttribute("aria-expanded", String(!menu.hidden));
}

function closeMenu() {
  menu.hidden = true;
  place("menu").setAttribute("aria-expanded", "false");
}

function choose(index) {
  chosen = index;
  [...menu.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
  menu.children[index]?.scrollIntoView({ block: "nearest" });
}

place("menu").addEventListener("click", () => {
  if (!menu.hidden) { closeMenu(); return; }
  openMenu("/");
  if (menu.hidden) say("The bot has not set a menu yet.");
  composer.focus();
});

// -- what the person does -----------------------------------------------------------------------------

async function send(text) {
  try {
    await ask("/user/message", { ...me, text });
  } catch (error) {
    say(error.message);
  }
}

async function press(button, message, label) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  setTimeout(() => button.removeAttribute("aria-busy"), PRESS_SHOWN_MS);
  try {
    const made = await ask("/user/press", { ...me, message_id: message.message_id, label });
    if (answeredEarly.delete(made.callback_id)) button.removeAttribute("aria-busy");
    else pressed.set(made.callback_id, button);
  } catch (error) {
    button.removeAttribute("aria-busy");
    say(error.message);
  }
}

// The long poll may bring the answer before /user/press has told its callback id.
const answeredEarly = new Set();

place("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = composer.value.trim();
  if (!text) return;
  composer.value = "";
  composer.dispatchEvent(new Event("input"));
  send(text);
});

composer.addEventListener("input", () => {
  place("send").disabled = !composer.value.trim();
  if (/^\/\w*$/.test(composer.value)) openMenu(composer.value); else closeMenu();
});

composer.addEventListener("keydown", (event) => {
  const count = menu.children.length;
  if (menu.hidden || !count) return;
  if (event.key === "ArrowDown") choose((chosen + 1) % count);
  else if (event.key === "ArrowUp") choose((chosen + count - 1) % count);
  else if (event.key === "Escape") closeMenu();
  else if (event.key === "Tab" || (event.key === "Enter" && chosen >= 0)) {
    composer.value = `${menu.children[Math.max(chosen, 0)].querySelector("b").textContent} `;
    composer.dispatchEvent(new Event("input"));
  } else return;
  event.preventDefault();
});

log.addEventListener("scroll", () => { sticky = atBottom(); countUnread(0); });
place("down").addEventListener("click", () => { sticky = true; stick(); countUnread(0); });
place("chats").addEventListener("change", (event) => {
  asked.set("chat_id", event.target.value);
  location.search = asked.toString();
});
new ResizeObserver(stick).observe(log);

// -- following the changes ------------------------------------------------------------------------------

const CHANGE = {
  message: (change) => show(change.message, true),
  delete: (change) => { found(change.message_id)?.remove(); if (chat.pinned?.message_id === change.message_id) pin(null); },
  pin: (change) => pin(change.message),
  answer: (change) => { if (!pressed.has(change.callback_id)) answeredEarly.add(change.callback_id); notice(change); },
  reaction: (change) => { const node = found(change.message_id); if (node) drawReactions(node, change.emoji); },
  action: (change) => note(change.action === "typing" ? "typing…" : "sending a picture…", true, 5000),
  commands: (change) => { chat.commands = change.commands; },
};

async function load() {
  const query = new URLSearchParams();
  if (asked.get("chat_id")) query.set("chat_id", asked.get("chat_id"));
  const state = await ask(`/state?${query}`);
  me.chat_id = state.chat_id;
  me.user_id = Number(asked.get("user_id")) || state.owner_id;
  Object.assign(chat, { bot: state.bot, commands: state.commands, version: state.version, type: state.chat?.type ?? "private" });
  readClock(state.clock);
  const title = chat.type === "private" ? state.bot.first_name : state.chat.title;
  place("name").textContent = title;
  place("face").textContent = title.slice(0, 1).toUpperCase();
  document.title = `${title} – simulated chat`;
  showChats(state.chats);
  log.replaceChildren();
  delete log.dataset.day;
  pin(state.pinned);
  for (const message of state.messages) show(message, false);
  if (!state.messages.length) showEmpty();
  noteSpeed();
  tick();
}

function showChats(chats) {
  const box = place("chats");
  box.hidden = chats.length < 2;
  box.replaceChildren(...chats.map((one) => {
    const option = make("option", "", one.title || one.first_name);
    option.value = one.id;
    option.selected = one.id === me.chat_id;
    return option;
  }));
}

async function follow() {
  const told = await ask(`/events?since=${chat.version}&chat_id=${me.chat_id}&timeout=25`);
  readClock(told.clock);
  noteSpeed();
  if (told.reset || told.changes.some((change) => change.kind === "chats")) { await load(); return; }
  for (const change of told.changes) CHANGE[change.kind](change);
  chat.version = told.version;
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function live() {
  for (let failed = 0, loaded = false; ; ) {
    try {
      if (loaded) await follow(); else { await load(); loaded = true; }
      failed = 0;
    } catch (error) {
      console.warn(error);
      failed += 1;
      loaded = false;
      note("connecting…");
      await pause(Math.min(500 * 2 ** failed, 8000));
    }
  }
}

function view(image) {
  place("viewer-picture").src = image.src;
  place("viewer-picture").alt = image.alt;
  place("viewer").showModal();
}

enter({ me, chat, send, press, say, stick, view });
setInterval(tick, 200);
live();
