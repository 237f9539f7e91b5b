"use strict";
// OpenID Connect Session Management 1.0 §3.2: "changed", "unchanged" or "error" to whoever asks.
const name = document.querySelector("meta[name=state-cookie]").content;

const browserState = () => {
  for (const pair of document.cookie.split("; ")) {
    if (pair.startsWith(name + "=")) return pair.slice(name.length + 1);
  }
  return "";
};

const digest = async (text) => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const letters = btoa(String.fromCharCode(...new Uint8Array(hash)));
  return letters.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const verdict = async (data, origin) => {
  if (typeof data !== "string") return "error";
  const parts = data.split(" ");
  if (parts.length !== 2 || !parts[0]) return "error";
  const [clientId, sessionState] = parts;
  const dot = sessionState.lastIndexOf(".");
  if (dot < 1 || dot === sessionState.length - 1) return "error";
  const salt = sessionState.slice(dot + 1);
  try {
    const now = await digest([clientId, origin, browserState(), salt].join(" "));
    return now + "." + salt === sessionState ? "unchanged" : "changed";
  } catch {
    return "error";
  }
};

addEventListener("message", async (event) => {
  if (!event.source || event.source === window || event.origin === "null") return;
  event.source.postMessage(await verdict(event.data, event.origin), event.origin);
});
