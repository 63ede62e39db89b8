/** An OpenID Connect provider on any free port of loopback, in a process of its own: says its address in one line. */

import { createServer } from "node:http";
import Provider from "oidc-provider";

/** Who can sign in, by what they type; the password is not looked at. */
const PEOPLE = {
  ada: { name: "Ada Lovelace", email: "Ada@Example.org", email_verified: true, groups: ["staff", "ops"] },
  bert: { name: "Bert Brecht", email: "bert@example.org", email_verified: true, groups: ["staff"] },
  carl: { name: "Carl Corner", email: "ada@example.org", email_verified: false, groups: ["visitors"] },
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "ondeck",
      client_secret: process.env.CLIENT_SECRET,
      // A native application may come back to any port of loopback.
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/auth/callback"],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], groups: ["groups"] },
    scopes: ["openid", "profile", "email", "groups"],
    pkce: { required: () => true },
    findAccount: (_, id) =>
      PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) },
    cookies: { keys: ["only for tests"] },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (request.url === "/favicon.ico") response.writeHead(204).end();
    else answer(request, response);
  });
  console.log(`provider at ${issuer}`);
});
