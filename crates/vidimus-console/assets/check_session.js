"use strict";
// OpenID Connect Session Management 1.0 §3.2: "changed", "unchanged" or "error" to whoever asks.
// The digest is computed here, since browsers without promises ask too.
var cookieName = document.querySelector("meta[name=state-cookie]").content;

function browserState() {
  var pairs = document.cookie.split("; ");
  for (var at = 0; at < pairs.length; at++) {
    if (pairs[at].indexOf(cookieName + "=") === 0) return pairs[at].slice(cookieName.length + 1);
  }
  return "";
}

// FIPS 180-4 §4.2.2, §5.3.3: what stands behind the point in roots of the first primes.
var start = [], rounds = [];
for (var number = 2; rounds.length < 64; number++) {
  var isPrime = true;
  for (var divisor = 2; divisor * divisor <= number; divisor++) {
    if (number % divisor === 0) isPrime = false;
  }
  if (isPrime) {
    if (start.length < 8) start.push(fraction(Math.sqrt(number)));
    rounds.push(fraction(Math.pow(number, 1 / 3)));
  }
}

function fraction(root) {
  return ((root - Math.floor(root)) * 4294967296) | 0;
}

function turned(word, bits) {
  return (word >>> bits) | (word << (32 - bits));
}

// SHA-256 of a text (FIPS 180-4 §6.2), as bytes.
function digest(text) {
  var bytes = unescape(encodeURIComponent(text)), words = [], hash = start.slice(), at, word;
  for (at = 0; at < bytes.length; at++) {
    words[at >> 2] |= bytes.charCodeAt(at) << (24 - (at % 4) * 8);
  }
  words[at >> 2] |= 0x80 << (24 - (at % 4) * 8);
  var length = (((bytes.length + 8) >> 6) + 1) * 16;
  words[length - 1] = bytes.length * 8;
  for (var block = 0; block < length; block += 16) {
    var w = [], v = hash.slice();
    for (at = 0; at < 64; at++) {
      var x = w[at - 15], y = w[at - 2];
      w[at] = at < 16 ? words[block + at] | 0 : (w[at - 16] + w[at - 7]
        + (turned(x, 7) ^ turned(x, 18) ^ (x >>> 3))
        + (turned(y, 17) ^ turned(y, 19) ^ (y >>> 10))) | 0;
      var one = v[7] + (turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25))
        + ((v[4] & v[5]) ^ (~v[4] & v[6])) + rounds[at] + w[at];
      var two = (turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22))
        + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      v = [(one + two) | 0, v[0], v[1], v[2], (v[3] + one) | 0, v[4], v[5], v[6]];
    }
    for (at = 0; at < 8; at++) hash[at] = (hash[at] + v[at]) | 0;
  }
  var letters = "";
  for (at = 0; at < 32; at++) {
    word = hash[at >> 2];
    letters += String.fromCharCode((word >>> (24 - (at % 4) * 8)) & 255);
  }
  return letters;
}

function encoded(bytes) {
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function verdict(data, origin) {
  if (typeof data !== "string") return "error";
  var parts = data.split(" ");
  if (parts.length !== 2 || !parts[0]) return "error";
  var dot = parts[1].lastIndexOf(".");
  if (dot < 1 || dot === parts[1].length - 1) return "error";
  var salt = parts[1].slice(dot + 1);
  try {
    var now = encoded(digest([parts[0], origin, browserState(), salt].join(" ")));
    return now + "." + salt === parts[1] ? "unchanged" : "changed";
  } catch (unreadable) {
    return "error";
  }
}

addEventListener("message", function (event) {
  if (!event.source || event.source === window || event.origin === "null") return;
  event.source.postMessage(verdict(event.data, event.origin), event.origin);
});
