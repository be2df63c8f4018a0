#include "identity/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/people.h"
#include "identity/scopes.h"
#include "identity/secrets.h"

namespace solvent::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr TimeUs kNow = 1'795'478'400 * kSecondUs;  // 2026-11-24

class IdentityTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    directory_.emplace(MUST(TempDirectory::create("identity")));
    if (GetParam() == "sqlite") {
      database_ = MUST(sql::open_sqlite(directory_->path() + "/identity.db"));
    } else {
      const char* url = std::getenv("SOLVENT_TEST_POSTGRES");
      ASSERT_NE(url, nullptr) << "no PostgreSQL server: run the tests as\n"
                                 "  tools/postgres run -- ctest --preset release";
      schema_ = "t_" + std::to_string(system_random().next());
      database_ = MUST(sql::open_postgres(url, {.schema = schema_}));
    }
    ASSERT_TRUE(database_->migrate(specs().migrations, [] { return Result<void>(); }));
    identity_ = make();
  }
  void TearDown() override {
    identity_.reset();
    if (GetParam() == "postgresql" && database_)
      (void)database_->write([&](sql::Tx& tx) -> Result<void> {
        TRY(tx.execute("DROP SCHEMA " + schema_ + " CASCADE"));
        return {};
      });
  }

  std::unique_ptr<Identity> make() {
    // A cheap hash: these tests are about everything around it.
    return std::make_unique<Identity>(*database_, clock_, random_, Limits{.scrypt_log2_n = 4});
  }
  Identity& identity() { return *identity_; }
  static op::Caller owner() { return op::local_owner(); }
  Principal add(std::string name, std::string role, std::vector<std::string> scopes = {"*"},
                std::string password = "") {
    PrincipalAdd request;
    request.name = std::move(name);
    request.role = std::move(role);
    request.scopes = std::move(scopes);
    request.password = std::move(password);
    return MUST(identity().add_principal(owner(), request));
  }
  std::string token_for(std::string name, TokenCreate request = {}) {
    request.principal = std::move(name);
    return MUST(identity().create_token(owner(), request)).secret;
  }
  Code sign_in(std::string name, std::string password) {
    const auto done = identity().sign_in({std::move(name), std::move(password)});
    return done ? Code::kOk : done.error().code;
  }
  std::vector<std::string> actions() {
    std::vector<std::string> found;
    for (const AccessEntry& entry : MUST(identity().access_log(owner(), {})).entries)
      found.push_back(entry.action);
    return found;
  }

  FakeClock clock_{kNow};
  SeededRandom random_{7};
  std::optional<TempDirectory> directory_;
  std::string schema_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<Identity> identity_;
};
INSTANTIATE_TEST_SUITE_P(Both, IdentityTest, testing::Values("sqlite", "postgresql"),
                         [](const auto& tested) { return tested.param; });

TEST_P(IdentityTest, APersonWhoIsNoPrincipalIsForgottenAtOnePlace) {
  std::string ada;
  MUST(database_->write([&](sql::Tx& tx) -> Result<void> {
    ada = TRY(person_of(tx, "Ada Lovelace", make_uuid(clock_, random_)));
    EXPECT_EQ(TRY(person_of(tx, "Ada Lovelace", make_uuid(clock_, random_))), ada);
    EXPECT_NE(TRY(person_of(tx, "Grace Hopper", make_uuid(clock_, random_))), ada);
    EXPECT_EQ(TRY(find_person(tx, "Ada Lovelace")), ada);
    EXPECT_EQ(TRY(find_person(tx, "ada lovelace")), std::nullopt);
    EXPECT_EQ(TRY(person_name(tx, ada)), "Ada Lovelace");
    EXPECT_EQ(TRY(person_name(tx, "team-risk")), "team-risk");
    return {};
  }));
  EXPECT_THAT(ada, testing::StartsWith("person:"));
  EXPECT_EQ(identity()
                .forget_person({.principal = "user:bob", .role = op::Role::kEditor},
                               {.name = "Ada Lovelace"})
                .error()
                .code,
            Code::kPermissionDenied);
  EXPECT_EQ(identity().forget_person(owner(), {.name = "Nobody"}).error().code, Code::kNotFound);
  const auto name = [&] {
    std::string said;
    MUST(database_->read([&](sql::Tx& tx) -> Result<void> {
      said = TRY(person_name(tx, ada));
      return {};
    }));
    return said;
  };
  EXPECT_EQ(
      MUST(identity().forget_person(owner(), {.name = "Ada Lovelace", .dry_run = true})).reference,
      ada);
  EXPECT_EQ(name(), "Ada Lovelace");
  EXPECT_EQ(MUST(identity().forget_person(owner(), {.name = "Ada Lovelace"})).reference, ada);
  EXPECT_EQ(name(), ada);
  // The log of acts says that somebody was forgotten, not who.
  const auto log = MUST(identity().access_log(owner(), {}));
  EXPECT_EQ(log.entries[0].action, "person forget");
  EXPECT_EQ(log.entries[0].subject, ada);
}

TEST_P(IdentityTest, WhoElseKnowsAPersonForgetsToo) {
  std::string kept = "Ada \"Countess\" Lovelace", was;
  const PersonKeeper keeper{
      .knows = [&](sql::Tx&, const std::string& name) -> Result<bool> { return name == kept; },
      .forget = [&](sql::Tx&, const std::string& name,
                    const std::string& reference) -> Result<void> {
        was = name;
        kept = reference;
        return {};
      }};
  Identity identity(*database_, clock_, random_, {}, {keeper});
  MUST(database_->write([&](sql::Tx& tx) -> Result<void> {
    for (const std::string& name : {kept, std::string("Ada")})
      TRY(audit_row(tx, audit_stamp(clock_, random_), owner(), "debt assign", "d-1",
                    JsonObject{{"owner", name}}));
    return {};
  }));
  const std::string name = kept;
  EXPECT_EQ(identity.forget_person(owner(), {.name = "Grace"}).error().code, Code::kNotFound);
  MUST(identity.forget_person(owner(), {.name = name, .dry_run = true}));
  EXPECT_EQ(kept, name);
  clock_.advance(kSecondUs);

  const std::string reference = MUST(identity.forget_person(owner(), {.name = name})).reference;

  EXPECT_THAT(reference, testing::StartsWith("person:"));
  EXPECT_EQ(was, name);
  EXPECT_EQ(kept, reference);
  std::vector<std::string> details;
  for (const AccessEntry& entry : MUST(identity.access_log(owner(), {})).entries)
    details.push_back(to_text(entry.detail));
  EXPECT_THAT(details, UnorderedElementsAre("{}", R"({"owner":"Ada"})",
                                            "{\"owner\":\"" + reference + "\"}"));
}

TEST_P(IdentityTest, IsConfiguredOnceSomebodyIsKnown) {
  EXPECT_FALSE(MUST(identity().configured()));
  MUST(identity().owner_token(directory_->path() + "/owner"));
  EXPECT_FALSE(MUST(identity().configured()));
  add("user:ada", "reader");
  EXPECT_TRUE(MUST(identity().configured()));
}

TEST_P(IdentityTest, ATokenIsItsPrincipalWithinItsLimits) {
  add("user:ada", "editor", {"lab/**"});
  MUST(identity().add_team(owner(), {"risk", {"user:ada"}}));
  const op::Caller whole = MUST(identity().authenticate(token_for("user:ada")));
  EXPECT_EQ(whole.principal, "user:ada");
  EXPECT_EQ(whole.role, op::Role::kEditor);
  EXPECT_THAT(whole.scopes, ElementsAre("lab/**"));
  EXPECT_THAT(whole.teams, ElementsAre("risk"));
  EXPECT_FALSE(whole.token_id.empty());
  TokenCreate narrow;
  narrow.role = "reader";
  narrow.scopes = {"lab/mortgage"};
  const op::Caller less = MUST(identity().authenticate(token_for("user:ada", narrow)));
  EXPECT_EQ(less.role, op::Role::kReader);
  EXPECT_THAT(less.scopes, ElementsAre("lab/mortgage"));
}

TEST_P(IdentityTest, ATokenNeverAllowsMoreThanItsMakerOrItsPrincipal) {
  add("user:ada", "reader", {"lab/**"});
  TokenCreate wide;
  wide.role = "admin";
  wide.principal = "user:ada";
  wide.scopes = {"other/x"};
  EXPECT_EQ(identity().create_token(owner(), wide).error().code, Code::kPermissionDenied);
  wide.scopes = {};
  const auto made = MUST(identity().create_token(owner(), wide));
  EXPECT_EQ(MUST(identity().authenticate(made.secret)).role, op::Role::kReader);
  op::Caller narrow = MUST(identity().authenticate(made.secret));
  narrow.scopes = {"lab/a"};
  TokenCreate own;
  own.scopes = {"lab/**"};
  EXPECT_EQ(identity().create_token(narrow, own).error().code, Code::kPermissionDenied);
  own.scopes = {};
  const auto child = MUST(identity().create_token(narrow, own));
  EXPECT_THAT(MUST(identity().authenticate(child.secret)).scopes, ElementsAre("lab/a"));
  own.principal = "user:bob";
  EXPECT_EQ(identity().create_token(narrow, own).error().code, Code::kPermissionDenied);
}

TEST_P(IdentityTest, AnAdminOfSomeAssetsCannotMakeAnAdminOfAll) {
  op::Caller some = owner();
  some.scopes = {"lab/**"};
  PrincipalAdd request;
  request.name = "user:eve";
  request.role = "admin";
  request.scopes = {"*"};
  EXPECT_EQ(identity().add_principal(some, request).error().code, Code::kPermissionDenied);
  request.scopes = {"lab/a"};
  EXPECT_TRUE(identity().add_principal(some, request));
}

TEST_P(IdentityTest, HostileTokensAreAllRefusedAlike) {
  add("user:ada", "reader");
  const std::string good = token_for("user:ada");
  std::string flipped = good;
  flipped.back() = flipped.back() == '0' ? '1' : '0';
  std::string upper = good;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::vector<std::string> bad = {"",
                                        " ",
                                        good + " ",
                                        good + "0",
                                        good.substr(0, good.size() - 1),
                                        flipped,
                                        upper,
                                        "Bearer " + good,
                                        std::string(69, '\0'),
                                        std::string(1 << 20, 'a'),
                                        "solv_" + std::string(64, '\''),
                                        "solv_" + std::string(64, '0'),
                                        good + std::string(1, '\0'),
                                        "\xff\xfe" + good};
  std::set<std::string> answers;
  for (const std::string& token : bad) {
    const auto refused = identity().authenticate(token);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnauthenticated);
    answers.insert(refused.error().message + refused.error().hint + refused.error().subject);
  }
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_TRUE(identity().authenticate(good));
}

TEST_P(IdentityTest, TokensEndInTimeEvenFromMemory) {
  add("user:ada", "reader");
  TokenCreate brief;
  brief.days = 1;
  const std::string secret = token_for("user:ada", brief);
  EXPECT_TRUE(identity().authenticate(secret));
  clock_.advance(kDayUs - kSecondUs);
  EXPECT_TRUE(identity().authenticate(secret));  // in memory now for 2 s
  clock_.advance(kSecondUs);
  EXPECT_EQ(identity().authenticate(secret).error().code, Code::kUnauthenticated);
}

TEST_P(IdentityTest, RevocationIsSeenAtOnceHereAndSoonElsewhere) {
  add("user:ada", "reader");
  const std::string secret = token_for("user:ada");
  const auto other_process = make();
  const std::string id = MUST(identity().authenticate(secret)).token_id;
  EXPECT_TRUE(other_process->authenticate(secret));
  MUST(identity().revoke_token(owner(), id));
  EXPECT_FALSE(identity().authenticate(secret));
  EXPECT_TRUE(other_process->authenticate(secret));  // the stated 2 s
  clock_.advance(2 * kSecondUs);
  EXPECT_FALSE(other_process->authenticate(secret));
}

TEST_P(IdentityTest, RemovingAPrincipalEndsEverythingOfIt) {
  add("user:ada", "reader", {"*"}, "correct horse");
  const std::string secret = token_for("user:ada");
  const std::string session = MUST(identity().sign_in({"user:ada", "correct horse"})).secret;
  EXPECT_TRUE(identity().authenticate(session));
  EXPECT_EQ(MUST(identity().remove_principal(owner(), {"user:ada", true})).tokens, 2);
  EXPECT_TRUE(identity().authenticate(secret));
  EXPECT_EQ(MUST(identity().remove_principal(owner(), {"user:ada", false})).tokens, 2);
  EXPECT_FALSE(identity().authenticate(secret));
  EXPECT_FALSE(identity().authenticate(session));
  add("user:ada", "reader");  // the same name again is not the same principal
  EXPECT_FALSE(identity().authenticate(secret));
  EXPECT_EQ(identity().remove_principal(owner(), {"user:bob", false}).error().code,
            Code::kNotFound);
}

TEST_P(IdentityTest, OthersTokensLookLikeNone) {
  add("user:ada", "reader");
  add("user:eve", "editor");
  const op::Caller ada = MUST(identity().authenticate(token_for("user:ada")));
  const op::Caller eve = MUST(identity().authenticate(token_for("user:eve")));
  EXPECT_EQ(MUST(identity().tokens(eve)).tokens.size(), 1u);
  EXPECT_EQ(MUST(identity().tokens(owner())).tokens.size(), 2u);
  const auto others = identity().revoke_token(eve, ada.token_id);
  const auto none = identity().revoke_token(eve, Uuid{}.text());
  EXPECT_EQ(others.error().code, Code::kNotFound);
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_EQ(others.error().hint, none.error().hint);
  EXPECT_EQ(identity().revoke_token(eve, std::string("\0\xff", 2)).error().code, Code::kNotFound);
  EXPECT_TRUE(identity().revoke_token(ada, ada.token_id));
}

TEST_P(IdentityTest, OnlyAnAdminChangesWhoIsKnown) {
  op::Caller editor = owner();
  editor.role = op::Role::kEditor;
  const PrincipalAdd request{
      .name = "user:eve", .role = "admin", .password = "", .scopes = {"*"}, .teams = {}};
  EXPECT_EQ(identity().add_principal(editor, request).error().code, Code::kPermissionDenied);
  EXPECT_EQ(identity().principals(editor).error().code, Code::kPermissionDenied);
  EXPECT_EQ(identity().remove_principal(editor, {"user:eve", false}).error().code,
            Code::kPermissionDenied);
  EXPECT_EQ(identity().add_team(editor, {"risk", {}}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(identity().access_log(editor, {}).error().code, Code::kPermissionDenied);
}

TEST_P(IdentityTest, BadRequestsNameTheirField) {
  PrincipalAdd request;
  for (const char* name : {"", "ada", "root:x", "user:", "user:\n", "\xff"}) {
    request.name = name;
    EXPECT_EQ(identity().add_principal(owner(), request).error().code, Code::kInvalidArgument);
  }
  request.name = "user:ada";
  request.password = "short";
  EXPECT_EQ(identity().add_principal(owner(), request).error().subject, "password");
  request.password = "";
  request.role = "king";
  EXPECT_EQ(identity().add_principal(owner(), request).error().subject, "role");
  request.role = "reader";
  EXPECT_TRUE(identity().add_principal(owner(), request));
  EXPECT_EQ(identity().add_principal(owner(), request).error().code, Code::kAlreadyExists);
}

TEST_P(IdentityTest, SignsInAndOut) {
  add("user:ada", "editor", {"lab/**"}, "correct horse");
  EXPECT_EQ(sign_in("user:ada", "wrong horse"), Code::kUnauthenticated);
  EXPECT_EQ(sign_in("user:eve", "correct horse"), Code::kUnauthenticated);
  const TokenCreated session = MUST(identity().sign_in({"user:ada", "correct horse"}));
  EXPECT_EQ(session.expires, kNow + 12 * kHourUs);
  const op::Caller ada = MUST(identity().authenticate(session.secret));
  EXPECT_EQ(ada.role, op::Role::kEditor);
  EXPECT_THAT(ada.scopes, ElementsAre("lab/**"));
  EXPECT_TRUE(identity().sign_out(ada));
  EXPECT_FALSE(identity().authenticate(session.secret));
  EXPECT_EQ(identity().sign_out(ada).error().code, Code::kFailedPrecondition);
}

TEST_P(IdentityTest, WrongPasswordsWaitLongerAndLonger) {
  add("user:ada", "editor", {"*"}, "correct horse");
  add("user:bob", "editor", {"*"}, "battery staple");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("user:ada", "guess"), Code::kUnauthenticated);
  EXPECT_EQ(sign_in("user:ada", "correct horse"), Code::kResourceExhausted);
  EXPECT_EQ(sign_in("user:bob", "battery staple"), Code::kOk);  // others do not wait
  clock_.advance(kSecondUs);
  EXPECT_EQ(sign_in("user:ada", "guess"), Code::kUnauthenticated);
  clock_.advance(kSecondUs);
  EXPECT_EQ(sign_in("user:ada", "correct horse"), Code::kResourceExhausted);  // 2 s now
  clock_.advance(kSecondUs);
  EXPECT_EQ(sign_in("user:ada", "correct horse"), Code::kOk);
  EXPECT_EQ(sign_in("user:ada", "guess"), Code::kUnauthenticated);  // counted from anew
}

TEST_P(IdentityTest, APrincipalWithoutPasswordNeverSignsIn) {
  add("service:ci", "editor");
  EXPECT_EQ(sign_in("service:ci", ""), Code::kUnauthenticated);
  EXPECT_EQ(sign_in("service:ci", std::string(32, '\0')), Code::kUnauthenticated);
  EXPECT_EQ(sign_in("user:\xff", "x"), Code::kUnauthenticated);
  EXPECT_EQ(sign_in(std::string("user:ada\0", 9), "x"), Code::kUnauthenticated);
}

TEST_P(IdentityTest, NothingSecretIsKept) {
  add("user:ada", "editor", {"*"}, "correct horse");
  const std::string secret = token_for("user:ada");
  MUST(database_->read([&](sql::Tx& tx) -> Result<void> {
    for (const sql::Row& row : TRY(tx.query("SELECT password FROM identity_principals"))) {
      EXPECT_THAT(row.text(0), testing::StartsWith("scrypt$4$8$1$"));
      EXPECT_THAT(row.text(0), testing::Not(HasSubstr("horse")));
    }
    for (const sql::Row& row :
         TRY(tx.query("SELECT hash, detail FROM identity_tokens, identity_audit"))) {
      EXPECT_FALSE(contains(secret, to_hex(row.blob(0))));
      EXPECT_FALSE(contains(row.text(1), secret));
    }
    return {};
  }));
}

TEST_P(IdentityTest, EveryChangeLandsInTheAccessLog) {
  add("user:ada", "editor", {"*"}, "correct horse");
  clock_.advance(1'000);
  const std::string secret = token_for("user:ada");
  clock_.advance(1'000);
  MUST(identity().sign_in({"user:ada", "correct horse"}));
  clock_.advance(1'000);
  MUST(identity().revoke_token(owner(), MUST(identity().authenticate(secret)).token_id));
  EXPECT_THAT(actions(), ElementsAre("token revoke", "signin", "token create", "principal add"));
  const AccessLog page = MUST(identity().access_log(owner(), {.limit = 3}));
  EXPECT_EQ(page.entries.size(), 3u);
  const AccessLog rest = MUST(identity().access_log(owner(), {.before = page.next, .limit = 3}));
  ASSERT_EQ(rest.entries.size(), 1u);
  EXPECT_EQ(rest.entries[0].subject, "user:ada");
  EXPECT_EQ(rest.entries[0].detail.text_or("role", ""), "editor");
  EXPECT_EQ(MUST(identity().access_log(owner(), {.principal = "user:ada"})).entries.size(), 1u);
  EXPECT_EQ(identity().access_log(owner(), {.before = "x"}).error().subject, "before");
}

TEST_P(IdentityTest, AnAuditRowDiesWithItsTransaction) {
  (void)database_->write([&](sql::Tx& tx) -> Result<void> {
    TRY(audit_row(tx, audit_stamp(clock_, random_), owner(), "test", "x", Json()));
    return fail(Code::kAborted, "undone");
  });
  EXPECT_THAT(actions(), IsEmpty());
}

TEST_P(IdentityTest, TheOwnersTokenIsAPrivateFile) {
  const std::string path = directory_->path() + "/owner.token";
  const std::string secret = MUST(identity().owner_token(path));
  struct stat info = {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(MUST(identity().owner_token(path)), secret);
  const op::Caller caller = MUST(identity().authenticate(secret));
  EXPECT_EQ(caller.principal, "local:owner");
  EXPECT_EQ(caller.role, op::Role::kAdmin);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(identity().owner_token(path).error().code, Code::kFailedPrecondition);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const std::string next = MUST(identity().owner_token(path));
  EXPECT_NE(next, secret);
  EXPECT_FALSE(identity().authenticate(secret));  // the old one ended with its file
  EXPECT_TRUE(identity().authenticate(next));
}

TEST_P(IdentityTest, ADamagedOwnerFileIsReplaced) {
  const std::string path = directory_->path() + "/owner.token";
  MUST(identity().owner_token(path));
  ASSERT_EQ(::truncate(path.c_str(), 10), 0);
  EXPECT_TRUE(identity().authenticate(MUST(identity().owner_token(path))));
}

TEST_P(IdentityTest, TheCacheIsBounded) {
  identity_ = std::make_unique<Identity>(*database_, clock_, random_,
                                         Limits{.scrypt_log2_n = 4, .cached_tokens_max = 3});
  add("user:ada", "reader");
  std::vector<std::string> secrets;
  for (int i = 0; i < 10; ++i) secrets.push_back(token_for("user:ada"));
  for (int round = 0; round < 2; ++round)
    for (const std::string& secret : secrets) EXPECT_TRUE(identity().authenticate(secret));
}

TEST_P(IdentityTest, ManyThreadsAskAtOnceWhileTokensAreRevoked) {
  add("user:ada", "reader");
  const std::string kept = token_for("user:ada");
  const std::string gone = token_for("user:ada");
  const std::string id = MUST(identity().authenticate(gone)).token_id;
  std::atomic<bool> revoked = false;
  std::atomic<int> seen_after = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 2'000; ++n) {
          if (!identity().authenticate(kept)) ++refused;
          const bool before = revoked;
          if (identity().authenticate(gone) && before) ++seen_after;
        }
      });
    MUST(identity().revoke_token(owner(), id));
    revoked = true;
  }
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(seen_after, 0);
}

TEST(Secrets, ScryptIsWhatOtherProgramsCompute) {
  // From two independent programs: `openssl kdf … SCRYPT` and Python's hashlib.scrypt, with
  // n = 1024, r = 8, p = 1 and the salt 00 01 … 0f.
  const std::string stored =
      "scrypt$10$8$1$AAECAwQFBgcICQoLDA0ODw==$OnwHgqTb31Q6zXxSL+hT2bNKu4ryelxll0iM3yKBQLU=";
  EXPECT_TRUE(MUST(password_matches("password", stored, 10)));
  EXPECT_FALSE(MUST(password_matches("Password", stored, 10)));
}

TEST(Secrets, DamagedHashesNeverMatch) {
  for (const char* stored : {"", "scrypt", "scrypt$10$8$1$$", "scrypt$99$8$1$AAAA$AAAA",
                             "scrypt$4$8$1$AAAA$AAAA", "scrypt$-1$8$1$AAAA$AAAA", "bcrypt$1"})
    EXPECT_FALSE(MUST(password_matches("", stored, 4))) << stored;
}

TEST(Scopes, CoverOnlyWhatIsCertain) {
  EXPECT_TRUE(covers("*", "a/b/**"));
  EXPECT_TRUE(covers("lab/**", "lab/x/y"));
  EXPECT_TRUE(covers("lab/**", "lab/x*"));
  EXPECT_TRUE(covers("lab/*", "lab/x"));
  EXPECT_TRUE(covers("lab/x*", "lab/x*"));
  EXPECT_FALSE(covers("lab/*", "lab/**"));
  EXPECT_FALSE(covers("lab/?", "lab/*"));
  EXPECT_FALSE(covers("lab/**", "*"));
  EXPECT_FALSE(covers("lab/**", "la*/x"));
  EXPECT_FALSE(covers("lab/**", "laboratory/x"));
  EXPECT_FALSE(covers("l?b/**", "l?b/x*"));  // cannot tell cheaply: no
  EXPECT_THAT(both_allow({"lab/**", "x/y"}, {"lab/a", "x/*"}),
              UnorderedElementsAre("lab/a", "x/y"));
  EXPECT_THAT(both_allow({"a/**"}, {"b/**"}), IsEmpty());
  EXPECT_THAT(both_allow({}, {"*"}), IsEmpty());
}

}  // namespace
}  // namespace solvent::identity
