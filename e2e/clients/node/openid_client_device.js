// openid-client: the device grant (RFC 8628), allowed, denied and waiting.
'use strict';

const { run } = require('./check');
const { Person } = require('./person');
const { discovered, refused } = require('./openid');

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';

async function started({ client, config, about }) {
  return client.initiateDeviceAuthorization(config, { scope: about.scope });
}

async function allowed(stage, the, kind) {
  const own = await discovered(stage, kind);
  const { client, config, about } = own;
  const device = await started(own);
  the.holds(`${kind}: life`, device.expires_in > 60, device.expires_in);
  the.holds(`${kind}: page`, device.verification_uri.startsWith(stage.issuer), device.verification_uri);
  const { device_code } = device;
  const early = client.genericGrantRequest(config, GRANT_TYPE, { device_code });
  const heard = await refused(the, `${kind}: too early`, early);
  the.same(`${kind}: too early`, heard, 'authorization_pending');
  const person = new Person(stage);
  const page = await person.goes(device.verification_uri, undefined, { userCode: device.user_code });
  the.same(`${kind}: pages`, person.pressed, ['continue', 'login', 'allow']);
  the.same(`${kind}: nothing left to do`, page.form(), undefined);
  const tokens = await client.pollDeviceAuthorizationGrant(config, device);
  the.same(`${kind}: aud`, tokens.claims().aud, about.id);
  const { sub } = tokens.claims();
  the.same(`${kind}: user`, (await client.fetchUserInfo(config, tokens.access_token, sub)).email, stage.username);
  const next = await client.refreshTokenGrant(config, tokens.refresh_token);
  the.holds(`${kind}: refreshed`, next.access_token !== tokens.access_token);
  const twice = client.genericGrantRequest(config, GRANT_TYPE, { device_code });
  the.same(`${kind}: twice`, await refused(the, `${kind}: twice`, twice), 'expired_token');
}

// By the link that carries the code; the person sees it and is asked all the same.
async function denied(stage, the) {
  const own = await discovered(stage, 'none');
  const { client, config } = own;
  const device = await started(own);
  const person = new Person(stage);
  await person.goes(device.verification_uri_complete, undefined, { deny: true });
  the.same('denied: last', person.pressed.at(-1), 'deny');
  const polled = client.pollDeviceAuthorizationGrant(config, device);
  the.same('denied', await refused(the, 'denied', polled), 'access_denied');
}

// The library keeps to the interval, so they wait side by side.
run((stage, the) =>
  Promise.all([allowed(stage, the, 'none'), allowed(stage, the, 'basic'), denied(stage, the)]),
);
