// jsforce: login by password and by JWT, refresh, identity and revocation.
'use strict';

const jsforce = require('jsforce');
const { run } = require('./check');
const { sign } = require('./assertion');

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

function loginUrl(stage) {
  return stage.url + stage.site;
}

function connection(stage, more = {}) {
  const { client_id: clientId, client_secret: clientSecret } = stage;
  const oauth2 = { loginUrl: loginUrl(stage), clientId, clientSecret, ...more.oauth2 };
  return new jsforce.Connection({ loginUrl: loginUrl(stage), ...more, oauth2 });
}

function established(stage, the, how, conn, user) {
  the.holds(`${how}: access token`, /^00D\w{12}![\w.]+$/.test(conn.accessToken), conn.accessToken);
  the.holds(`${how}: instance`, conn.instanceUrl.startsWith('https://'), conn.instanceUrl);
  the.holds(`${how}: user`, /^005\w{15}$/.test(user.id), user.id);
  the.holds(`${how}: organization`, /^00D\w{15}$/.test(user.organizationId), user.organizationId);
  the.same(`${how}: url`, user.url, `${stage.url}/id/${user.organizationId}/${user.id}`);
}

// `GET URL?format=json&oauth_token=…`, with the same token as a Bearer.
async function identified(stage, the, how, conn) {
  const before = conn.userInfo;
  const identity = await conn.identity();
  the.same(`${how}: identity's username`, identity.username, stage.username);
  the.same(`${how}: identity's organization`, identity.organization_id, before.organizationId);
  the.same(`${how}: identity's user`, conn.userInfo, before);
}

async function byPassword(stage, the) {
  const conn = connection(stage);
  const user = await conn.login(stage.username, stage.password);
  established(stage, the, 'password', conn, user);
  await identified(stage, the, 'password', conn);
  const wrong = await the.fails('wrong password', connection(stage).login(stage.username, 'wrong'));
  the.same('wrong password', [wrong?.name, wrong?.message], ['invalid_grant', 'authentication failure']);
  return conn;
}

async function byJwt(stage, the) {
  const bearer = (conn) => conn.authorize({ grant_type: JWT_BEARER, assertion: sign(stage) });
  const bare = new jsforce.Connection({ loginUrl: loginUrl(stage) });
  established(stage, the, 'JWT', bare, await bearer(bare));
  await identified(stage, the, 'JWT', bare);
  // The library adds whatever it knows of the client to any grant.
  const oauth2 = { redirectUri: 'https://app.example/cb' };
  const full = connection(stage, { oauth2 });
  established(stage, the, 'JWT beside a secret', full, await bearer(full));
  const audience = { aud: 'https://elsewhere.example' };
  const params = { grant_type: JWT_BEARER, assertion: sign(stage, audience) };
  const refused = await the.fails('wrong audience', bare.authorize(params));
  the.same('wrong audience', refused?.name, 'invalid_grant');
  the.holds('wrong audience: text', /audience/.test(refused?.message), refused?.message);
}

async function byRefresh(stage, the) {
  const conn = connection(stage, { refreshToken: stage.refresh_token, accessToken: 'dead' });
  // What the library calls on its own when a request meets a dead session.
  await conn._refreshDelegate.refresh(Date.now());
  established(stage, the, 'refresh', conn, conn.userInfo);
  await identified(stage, the, 'refresh', conn);
  const reply = await conn.oauth2.refreshToken(conn.refreshToken);
  the.holds('refresh: issued_at', /^\d{13}$/.test(reply.issued_at), reply.issued_at);
  the.same('refresh: a new token', reply.access_token !== conn.accessToken, true);
  const refused = await the.fails('unknown refresh token', conn.oauth2.refreshToken('5Aepunknown'));
  const wanted = ['invalid_grant', 'expired access/refresh token'];
  the.same('unknown refresh token', [refused?.name, refused?.message], wanted);
  await conn.logout(true);
  const dead = await the.fails('after revocation', conn.oauth2.refreshToken(stage.refresh_token));
  the.same('after revocation', [dead?.name, dead?.message], wanted);
}

async function revoked(stage, the, conn) {
  const { accessToken, instanceUrl, userInfo } = conn;
  await conn.logout();
  the.same('logout', conn.accessToken, null);
  const later = new jsforce.Connection({ loginUrl: loginUrl(stage), instanceUrl, accessToken });
  later.userInfo = userInfo;
  const refused = await the.fails('identity after logout', later.identity());
  the.same('identity after logout', refused?.message, 'Bad_OAuth_Token');
  // The library reads a refusal as a form: one in JSON is shown whole, as a message.
  const unknown = await the.fails('revoke no token', later.oauth2.revokeToken('nothing'));
  const told = `${unknown?.name} ${unknown?.message}`;
  the.holds('revoke no token', told.includes('unsupported_token_type'), told);
}

run(async (stage, the) => {
  const conn = await byPassword(stage, the);
  await byJwt(stage, the);
  await byRefresh(stage, the);
  await revoked(stage, the, conn);
});
