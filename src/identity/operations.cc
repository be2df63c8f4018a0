#include <utility>

#include "identity/identity.h"
#include "identity/operations.h"

namespace solvent::identity {
namespace {

template <class Req, class Res>
op::OperationSpec spec(std::string noun, std::string verb, std::string method, std::string path,
                       op::Role role, std::string summary, op::Example example) {
  op::OperationSpec one;
  one.noun = std::move(noun);
  one.verb = std::move(verb);
  one.method = std::move(method);
  one.path = std::move(path);
  one.role = role;
  one.summary = std::move(summary);
  one.examples = {std::move(example)};
  one.request = &spec_of<Req>();
  one.result = &spec_of<Res>();
  return one;
}

/// Binds a member function of Identity that takes the caller and the request.
template <class Req, class Res>
op::Handler bound(std::string id, Identity& identity,
                  Result<Res> (Identity::*method)(const op::Caller&, const Req&)) {
  return op::handler<Req, Res>(
      std::move(id),
      [&identity, method](const Req& request, const op::Request&, const op::Caller& caller) {
        return (identity.*method)(caller, request);
      });
}
template <class Res>
op::Handler bound(std::string id, Identity& identity,
                  Result<Res> (Identity::*method)(const op::Caller&)) {
  return op::handler<Empty, Res>(
      std::move(id),
      [&identity, method](const Empty&, const op::Request&, const op::Caller& caller) {
        return (identity.*method)(caller);
      });
}

std::vector<op::OperationSpec> principal_specs() {
  using enum op::Role;
  auto add = spec<PrincipalAdd, Principal>(
      "principal", "add", "POST", "/api/principals", kAdmin, "Add a person or a program",
      {"solvent principal add user:ada --role editor --teams risk", "a person of one team"});
  add.positional = {"name"};
  auto list = spec<Empty, PrincipalList>("principal", "list", "GET", "/api/principals", kAdmin,
                                         "List who may use this workspace",
                                         {"solvent principal list", "everybody, by name"});
  list.default_verb = true;
  auto remove = spec<PrincipalRemove, PrincipalRemoved>(
      "principal", "remove", "DELETE", "/api/principals/{name}", kAdmin,
      "Remove a principal and end its tokens",
      {"solvent principal remove user:ada --dry-run", "how many tokens would end"});
  remove.positional = {"name"};
  remove.destructive = true;
  auto forget = spec<PersonForget, PersonForgotten>(
      "person", "forget", "POST", "/api/people/forget", kAdmin,
      "Erase the name of a person whom git named as an owner",
      {"solvent person forget 'Ada Lovelace' --dry-run", "what stands in its place"});
  forget.description =
      "Assets, debts and the log of acts are left with a reference in the name's place; no amount "
      "changes. An audit reads git again: name a team in the setting owners, or in CODEOWNERS, "
      "first.";
  forget.positional = {"name"};
  forget.destructive = true;
  auto team = spec<TeamAdd, Team>("team", "add", "POST", "/api/teams", kAdmin,
                                  "Add a team, or members to it",
                                  {"solvent team add risk --members user:ada", "one member"});
  team.positional = {"team"};
  auto log = spec<AccessLogRequest, AccessLog>("access", "log", "GET", "/api/access", kAdmin,
                                               "Show who changed what, newest first",
                                               {"solvent access log", "the newest fifty"});
  log.default_verb = true;
  return {add, list, remove, forget, team, log};
}

std::vector<op::OperationSpec> token_specs() {
  using enum op::Role;
  auto create = spec<TokenCreate, TokenCreated>(
      "token", "create", "POST", "/api/tokens", kReader, "Make a token; its secret is shown once",
      {"solvent token create --role reader --scopes 'lab/**' --days 30",
       "may read one namespace for a month"});
  auto list = spec<Empty, TokenList>("token", "list", "GET", "/api/tokens", kReader,
                                     "List your tokens; an admin sees all",
                                     {"solvent token list", "without their secrets"});
  list.default_verb = true;
  auto revoke = spec<TokenRevoke, Token>("token", "revoke", "DELETE", "/api/tokens/{id}", kReader,
                                         "End a token at once",
                                         {"solvent token revoke ID", "ID as token list shows it"});
  revoke.positional = {"id"};
  return {create, list, revoke};
}

std::vector<op::OperationSpec> session_specs() {
  using enum op::Role;
  auto in = spec<SignIn, TokenCreated>(
      "signin", "run", "POST", "/api/sessions", kNone, "Sign in with name and password",
      {"solvent signin user:ada", "asks for the password, or reads it: … < password.txt"});
  in.positional = {"name"};
  in.default_verb = true;
  auto out = spec<Empty, Empty>("signout", "run", "POST", "/api/sessions/end", kReader,
                                "End this session", {"solvent signout", "ends it on the server"});
  out.default_verb = true;
  auto who = spec<Empty, Who>("whoami", "run", "GET", "/api/whoami", kReader,
                              "Say who you are here", {"solvent whoami", "principal and role"});
  who.default_verb = true;
  who.quick = true;
  return {in, out, who};
}

}  // namespace

std::vector<op::OperationSpec> operation_specs() {
  std::vector<op::OperationSpec> all = principal_specs();
  for (op::OperationSpec& one : token_specs()) all.push_back(std::move(one));
  for (op::OperationSpec& one : session_specs()) all.push_back(std::move(one));
  return all;
}

std::vector<op::Handler> bind(Identity& identity) {
  return {
      bound("principal add", identity, &Identity::add_principal),
      bound("principal list", identity, &Identity::principals),
      bound("principal remove", identity, &Identity::remove_principal),
      bound("person forget", identity, &Identity::forget_person),
      bound("team add", identity, &Identity::add_team),
      bound("access log", identity, &Identity::access_log),
      bound("token create", identity, &Identity::create_token),
      bound("token list", identity, &Identity::tokens),
      op::handler<TokenRevoke, Token>(
          "token revoke",
          [&identity](const TokenRevoke& request, const op::Request&, const op::Caller& caller) {
            return identity.revoke_token(caller, request.id);
          }),
      op::handler<SignIn, TokenCreated>(
          "signin run", [&identity](const SignIn& request, const op::Request&,
                                    const op::Caller&) { return identity.sign_in(request); }),
      op::handler<Empty, Empty>(
          "signout run",
          [&identity](const Empty&, const op::Request&, const op::Caller& caller) -> Result<Empty> {
            TRY(identity.sign_out(caller));
            return Empty{};
          }),
      bound("whoami run", identity, &Identity::who),
  };
}

}  // namespace solvent::identity
