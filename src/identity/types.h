/// What identity says to callers: described values. Secrets appear once, in the answer that makes
/// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"

namespace solvent::identity {

struct Principal {
  std::string name, role;  ///< "user:ada"; "reader", "editor" or "admin"
  std::vector<std::string> scopes, teams;
  bool signs_in = false;
  TimeUs created = 0;
  static constexpr std::string_view kName = "Principal";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "user:… or service:…");
    v.field("role", role, "reader, editor or admin");
    v.field("scopes", scopes, "globs over namespace/name of the assets it is limited to; * is all");
    v.field("teams", teams, "teams it belongs to");
    v.field("signs_in", signs_in, "has a password for the page");
    v.field("created", created, "since", {.unit = Unit::kTime, .wide = true});
  }
};

struct PrincipalAdd {
  std::string name, role = "reader", password;
  std::vector<std::string> scopes = {"*"}, teams;
  static constexpr std::string_view kName = "PrincipalAdd";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "user:… for a person, service:… for a program");
    v.field("role", role, "what it may do", {.choices = {"reader", "editor", "admin"}});
    v.field("scopes", scopes, "globs over namespace/name of the assets it is limited to; * is all");
    v.field("teams", teams, "teams it belongs to; made when new");
    v.field("password", password, "to sign in to the page; none when left out",
            {.unit = Unit::kSecret, .optional = true});
  }
};
struct PrincipalRemove {
  std::string name;
  bool dry_run = false;
  static constexpr std::string_view kName = "PrincipalRemove";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "user:… or service:…");
    v.field("dry_run", dry_run, "only say what would go");
  }
};
struct PrincipalRemoved {
  std::string name;
  std::int64_t tokens = 0;
  static constexpr std::string_view kName = "PrincipalRemoved";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "who");
    v.field("tokens", tokens, "tokens and sessions that end with it");
  }
};
struct PersonForget {
  std::string name;
  bool dry_run = false;
  static constexpr std::string_view kName = "PersonForget";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "as git or CODEOWNERS names the person");
    v.field("dry_run", dry_run, "only say what would stand in its place");
  }
};
struct PersonForgotten {
  std::string reference;
  static constexpr std::string_view kName = "PersonForgotten";
  template <class V>
  void describe(V& v) {
    v.field("reference", reference, "what stands in the name's place");
  }
};
struct PrincipalList {
  std::vector<Principal> principals;
  std::int64_t total = 0;
  static constexpr std::string_view kName = "PrincipalList";
  template <class V>
  void describe(V& v) {
    v.field("principals", principals, "by name");
    v.field("total", total, "principals in all");
  }
};

struct TeamAdd {
  std::string team;
  std::vector<std::string> members;
  static constexpr std::string_view kName = "TeamAdd";
  template <class V>
  void describe(V& v) {
    v.field("team", team, "the team; made when new");
    v.field("members", members, "principals to add");
  }
};
struct Team {
  std::string team;
  std::vector<std::string> members;
  static constexpr std::string_view kName = "Team";
  template <class V>
  void describe(V& v) {
    v.field("team", team, "name");
    v.field("members", members, "its principals, by name");
  }
};

struct TokenCreate {
  std::string principal, role, note;
  std::vector<std::string> scopes;
  std::int64_t days = 90;
  static constexpr std::string_view kName = "TokenCreate";
  template <class V>
  void describe(V& v) {
    v.field("principal", principal, "for whom; yourself when left out", {.optional = true});
    v.field("role", role, "at most this; the principal's own when left out",
            {.choices = {"", "reader", "editor", "admin"}, .optional = true});
    v.field("scopes", scopes, "at most these; the principal's own when left out");
    v.field("days", days, "days until it ends", {.min = 1, .max = 3650});
    v.field("note", note, "what it is for", {.optional = true});
  }
};
struct TokenCreated {
  std::string id, secret;
  TimeUs expires = 0;
  static constexpr std::string_view kName = "TokenCreated";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "for listing and revoking");
    v.field("secret", secret, "shown this once", {.unit = Unit::kSecret, .shown_once = true});
    v.field("expires", expires, "until", {.unit = Unit::kTime});
  }
};
struct Token {
  std::string id, principal, kind, role, note;
  std::vector<std::string> scopes;
  TimeUs created = 0, expires = 0;
  static constexpr std::string_view kName = "Token";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "id");
    v.field("principal", principal, "whose");
    v.field("kind", kind, "token, session or owner");
    v.field("role", role, "at most this");
    v.field("scopes", scopes, "at most these assets");
    v.field("note", note, "what it is for");
    v.field("created", created, "since", {.unit = Unit::kTime, .wide = true});
    v.field("expires", expires, "until; 0: it does not end", {.unit = Unit::kTime});
  }
};
struct TokenList {
  std::vector<Token> tokens;
  std::int64_t total = 0;
  static constexpr std::string_view kName = "TokenList";
  template <class V>
  void describe(V& v) {
    v.field("tokens", tokens, "your own; an admin sees all");
    v.field("total", total, "tokens in all");
  }
};
struct TokenRevoke {
  std::string id;
  static constexpr std::string_view kName = "TokenRevoke";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "from token list");
  }
};

struct AccessLogRequest {
  std::string principal, before;
  std::int64_t limit = 50;
  static constexpr std::string_view kName = "AccessLogRequest";
  template <class V>
  void describe(V& v) {
    v.field("principal", principal, "only what this one did", {.optional = true});
    v.field("before", before, "cursor: `next` of the page before", {.optional = true});
    v.field("limit", limit, "rows a page", {.min = 1, .max = 1000});
  }
};
struct AccessEntry {
  std::string id, principal, action, subject, token, request;
  TimeUs time = 0;
  Json detail;
  static constexpr std::string_view kName = "AccessEntry";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "id", {.wide = true});
    v.field("time", time, "when", {.unit = Unit::kTime});
    v.field("principal", principal, "who");
    v.field("action", action, "did what");
    v.field("subject", subject, "to what");
    v.field("detail", detail, "more about it");
    v.field("token", token, "with which token", {.wide = true});
    v.field("request", request, "in which request", {.wide = true});
  }
};
struct AccessLog {
  std::vector<AccessEntry> entries;
  std::string next;
  static constexpr std::string_view kName = "AccessLog";
  template <class V>
  void describe(V& v) {
    v.field("entries", entries, "newest first");
    v.field("next", next, "cursor of the next page; empty on the last", {.optional = true});
  }
};

struct SignIn {
  std::string name, password;
  static constexpr std::string_view kName = "SignIn";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "user:…");
    v.field("password", password, "password", {.unit = Unit::kSecret});
  }
};
struct Who {
  std::string principal, role;
  std::vector<std::string> scopes, teams;
  static constexpr std::string_view kName = "Who";
  template <class V>
  void describe(V& v) {
    v.field("principal", principal, "who you are here");
    v.field("role", role, "what you may do");
    v.field("scopes", scopes, "assets you are limited to; * is all");
    v.field("teams", teams, "your teams");
  }
};

}  // namespace solvent::identity
