// The relying party, and any other site: a server that keeps what it is sent, and shows the pages that a
// story gives it. It answers under several names, so that browsers take it for several sites.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const path = require('path');

const LOGO = fs.readFileSync(path.join(__dirname, 'logo.png'));

class Client {
  // Everything that arrived, in its order.
  requests = [];
  #pages = new Map();

  static async start({ cert, key }) {
    const client = new Client();
    const listener = (request, response) => client.#answer(request, response);
    const tls = { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
    const servers = { https: https.createServer(tls, listener), http: http.createServer(listener) };
    client.ports = {};
    for (const [scheme, server] of Object.entries(servers)) {
      await new Promise((done) => server.listen(0, '127.0.0.1', done));
      client.ports[scheme] = server.address().port;
    }
    return client;
  }

  // `https://NAME:PORT` of one of its sites.
  site(name) {
    return `https://${name}:${this.ports.https}`;
  }

  // Where that page is shown: under one of its names.
  shows(site, html) {
    const place = `/page/${this.#pages.size}`;
    this.#pages.set(place, html);
    return site + place;
  }

  // What arrived at a path, with these parameters in it.
  arrived(path, parameters = {}) {
    const all = Object.entries(parameters);
    return this.requests.filter(
      (request) => request.path === path && all.every(([name, value]) => request.get(name) === value),
    );
  }

  async #answer(request, response) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url, `https://${request.headers.host}`);
    const sent = new URLSearchParams(body);
    const get = (name) => url.searchParams.get(name) ?? sent.get(name);
    const { method, headers } = request;
    this.requests.push({ method, host: url.host, path: url.pathname, url, body, sent, headers, get });
    if (url.pathname === '/logo.png') {
      response.writeHead(200, { 'content-type': 'image/png' });
      response.end(LOGO);
      return;
    }
    const page = this.#pages.get(url.pathname);
    const isKnown = page || ['/cb', '/own', '/bye', '/front'].includes(url.pathname);
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
    response.end(page ?? '<!doctype html><title>client</title><p id="client">The client.</p>');
  }
}

module.exports = { Client };
