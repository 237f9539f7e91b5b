// The JWT that a connected app signs for the JWT bearer flow.
'use strict';

const crypto = require('crypto');

function sign(stage, claims = {}) {
  const body = {
    iss: stage.client_id,
    sub: stage.username,
    aud: 'https://login.salesforce.com',
    exp: String(Math.floor(Date.now() / 1000) + 180),
    ...claims,
  };
  const parts = [{ alg: 'RS256' }, body].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signed = parts.join('.');
  const signature = crypto.sign('sha256', Buffer.from(signed), stage.private_key);
  return `${signed}.${signature.toString('base64url')}`;
}

module.exports = { sign };
