// Screenshots in few bytes: a palette for pixels of eight bits (Portable Network Graphics, third edition).
'use strict';

const zlib = require('zlib');

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const COLOURS_MAX = 256;

// The same picture in the 256 colours that it has most of, and what is nearest to any other.
function small(png) {
  const { width, height, pixels, channels } = decode(png);
  const counts = new Map();
  const all = new Uint32Array(width * height);
  for (let at = 0; at < all.length; at += 1) {
    const [red, green, blue] = pixels.subarray(at * channels);
    all[at] = (red << 16) | (green << 8) | blue;
    counts.set(all[at], (counts.get(all[at]) ?? 0) + 1);
  }
  const colours = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one));
  const kept = colours.slice(0, COLOURS_MAX);
  const places = new Map(colours.map((colour, at) => [colour, at < COLOURS_MAX ? at : nearest(colour, kept)]));
  const rows = Buffer.alloc(height * (width + 1));
  all.forEach((colour, at) => {
    rows[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = places.get(colour);
  });
  return encode(width, height, kept, rows);
}

function nearest(colour, colours) {
  const distance = (other) =>
    [16, 8, 0].reduce((sum, bits) => sum + (((colour >> bits) & 255) - ((other >> bits) & 255)) ** 2, 0);
  let best = 0;
  colours.forEach((other, at) => {
    if (distance(other) < distance(colours[best])) best = at;
  });
  return best;
}

function decode(png) {
  const parts = [];
  let header;
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const name = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (name === 'IHDR') header = data;
    if (name === 'IDAT') parts.push(data);
    at += 12 + length;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header[9]];
  if (header[8] !== 8 || !channels || header[12] !== 0) throw new Error('no picture that Chromium takes');
  const sent = zlib.inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const pixels = Buffer.alloc(height * stride);
  for (let row = 0; row < height; row += 1) {
    const filter = sent[row * (stride + 1)];
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column >= channels ? pixels[at - channels] : 0;
      const up = row ? pixels[at - stride] : 0;
      const corner = row && column >= channels ? pixels[at - stride - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[at] = sent[row * (stride + 1) + 1 + column] + guess;
    }
  }
  return { width, height, pixels, channels };
}

function paeth(left, up, corner) {
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(left + up - corner - value));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function encode(width, height, colours, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const palette = Buffer.from(colours.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const data = zlib.deflateSync(rows, { level: 9 });
  const none = Buffer.alloc(0);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', data), chunk('IEND', none)]);
}

function chunk(name, data) {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(checksum(named));
  return Buffer.concat([length, named, sum]);
}

function checksum(data) {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

module.exports = { small };
