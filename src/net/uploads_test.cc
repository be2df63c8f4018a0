// What a manifest is answered with: the contents that this caller has neither sent before nor may
// read here, and nothing about anybody else's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "net/access.h"
#include "net/uploads.h"

namespace solvent::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Entry {
  std::string path, content;
  bool executable = false;
};

std::string digest_text(std::string_view content) {
  return digest_of(content).hex();
}

Json manifest_of(const std::vector<Entry>& entries) {
  JsonArray files;
  for (const Entry& entry : entries) {
    JsonObject file;
    file.emplace_back("path", entry.path);
    file.emplace_back("size", static_cast<std::int64_t>(entry.content.size()));
    file.emplace_back("digest", digest_text(entry.content));
    file.emplace_back("executable", entry.executable);
    files.emplace_back(std::move(file));
  }
  JsonObject manifest;
  manifest.emplace_back("files", std::move(files));
  return Json(std::move(manifest));
}

op::Caller caller(std::string principal, std::string token) {
  op::Caller made;
  made.principal = std::move(principal);
  made.token_id = std::move(token);
  made.role = op::Role::kEditor;
  made.scopes = {"*"};
  return made;
}

BodyReader body_of(std::string text) {
  return
      [text = std::move(text)]() mutable -> Result<std::string> { return std::exchange(text, {}); };
}

/// Files that the workspace holds, each for one principal.
class Shelf final : public StoredContents {
 public:
  std::map<std::string, std::string> content_of;  ///< principal → content
  bool damaged = false;

  Result<std::map<Digest, std::uint64_t>> readable(const op::Caller& who) override {
    std::map<Digest, std::uint64_t> all;
    if (const auto found = content_of.find(who.principal); found != content_of.end())
      all.emplace(digest_of(found->second), found->second.size());
    return all;
  }
  Result<void> copy(const Digest& digest, const std::string& path) override {
    for (const auto& [principal, content] : content_of) {
      if (digest_of(content) != digest) continue;
      const auto file = TRY(posix_files().open(path, OpenMode::kCreateNew));
      TRY(file->write_at(0, as_bytes(content)));
      if (damaged) return fail(Code::kDataLoss, "a chunk is damaged");
    }
    return {};
  }
};

class UploadsTest : public ::testing::Test {
 protected:
  void start(UploadLimits limits = {}) {
    uploads_ = MUST(Uploads::create(posix_files(), clock_, system_random(), folder_.path() + "/up",
                                    limits, &shelf_));
  }

  std::vector<std::string> missing(const op::Caller& who, const std::vector<Entry>& entries) {
    const Json reply = MUST(uploads_->begin(who, manifest_of(entries)));
    last_ = reply.text_or("upload", "");
    std::vector<std::string> out;
    for (const Json& digest : reply.find("missing")->array()) out.push_back(digest.string());
    return out;
  }

  /// Sends everything that is missing; returns how many bytes that took.
  std::size_t send(const op::Caller& who, const std::vector<Entry>& entries) {
    std::size_t bytes = 0;
    for (const auto& digest : missing(who, entries))
      for (const Entry& entry : entries)
        if (digest_text(entry.content) == digest) {
          MUST(uploads_->put(who.principal, last_, digest, body_of(entry.content)));
          bytes += entry.content.size();
          break;
        }
    return bytes;
  }

  /// path=content of the last upload, '*' after what is executable.
  std::string taken(const op::Caller& who) {
    const auto staged = MUST(uploads_->take(who.principal, last_));
    std::string all;
    for (const auto& path : staged->files) {
      const std::string at = join_path(staged->tree, path);
      all += path + "=" + MUST(read_file(posix_files(), at)) +
             (MUST(posix_files().stat(at)).executable ? "*;" : ";");
    }
    return all;
  }

  TempDirectory folder_ = TempDirectory::create("uploads").value();
  FakeClock clock_{1'795'000'000 * kSecondUs};
  Shelf shelf_;
  std::unique_ptr<Uploads> uploads_;
  std::string last_;
  const op::Caller ada_ = caller("user:ada", "t1");
  const std::vector<Entry> tree_ = {
      {"a.txt", "alpha"}, {"b/c.sh", "alpha", true}, {"b/d.txt", "delta"}, {"empty", ""}};
};

TEST_F(UploadsTest, AsksNobodyTwiceForTheSameContent) {
  start();
  EXPECT_EQ(send(ada_, tree_), 10u);  // alpha and delta, once each
  const std::string staged = "a.txt=alpha;b/c.sh=alpha*;b/d.txt=delta;empty=;";
  EXPECT_EQ(taken(ada_), staged);
  EXPECT_EQ(send(ada_, tree_), 0u);
  EXPECT_EQ(taken(ada_), staged);
  // One file changed: only that one is missing.
  auto changed = tree_;
  changed[2].content = "delta, changed";
  EXPECT_THAT(missing(ada_, changed), ElementsAre(digest_text("delta, changed")));
}

TEST_F(UploadsTest, TellsNobodyWhatAnotherHasSent) {
  start();
  const op::Caller anonymous = caller(std::string(kAnonymous), "");
  const std::vector<Entry> secret = {{"s", "a secret"}};
  for (const auto& who : {ada_, caller("user:ada", "t2"), caller("user:eve", "t1"),
                          caller("user:ada\nt1", ""), anonymous}) {
    EXPECT_THAT(missing(who, secret), ElementsAre(digest_text("a secret"))) << who.principal;
    EXPECT_EQ(uploads_->take(who.principal, last_).error().code, Code::kFailedPrecondition);
    EXPECT_EQ(send(who, secret), 8u);
  }
  // Nobody in particular is not one caller.
  EXPECT_EQ(send(anonymous, secret), 8u);
  EXPECT_EQ(send(ada_, secret), 0u);
}

TEST_F(UploadsTest, BelievesNoSizeThatTheContentHasNot) {
  start();
  EXPECT_EQ(send(ada_, {{"s", "a secret"}}), 8u);
  Json claim = manifest_of({{"s", "a secret"}});
  Json& file = claim.object()[0].second.array()[0];
  file.set("size", std::int64_t{9});
  const Json reply = MUST(uploads_->begin(ada_, claim));
  EXPECT_EQ(reply.find("missing")->array().size(), 1u);
  EXPECT_EQ(uploads_
                ->put(ada_.principal, reply.text_or("upload", ""), digest_text("a secret"),
                      body_of("a secret"))
                .error()
                .code,
            Code::kInvalidArgument);
  // Else a claim of nothing could stand for a large file any number of times.
  Json two = manifest_of({{"s", "a secret"}, {"t", "a secret"}});
  two.object()[0].second.array()[1].set("size", std::int64_t{0});
  EXPECT_EQ(uploads_->begin(ada_, two).error().message, "a digest is listed with two sizes");
}

TEST_F(UploadsTest, AsksForNothingThatTheCallerMayReadHere) {
  shelf_.content_of = {{"user:ada", "stored for ada"}, {"user:eve", "stored for eve"}};
  start();
  const std::vector<Entry> both = {{"1", "stored for ada"}, {"2", "stored for eve"}};
  EXPECT_THAT(missing(ada_, both), ElementsAre(digest_text("stored for eve")));
  EXPECT_THAT(missing(caller("user:eve", "t"), both), ElementsAre(digest_text("stored for ada")));
  EXPECT_THAT(missing(ada_, {{"x.sh", "stored for ada", true}, {"y", "stored for ada"}}),
              IsEmpty());
  EXPECT_EQ(taken(ada_), "x.sh=stored for ada*;y=stored for ada;");
}

TEST_F(UploadsTest, AsksForWhatCannotBeReadBack) {
  shelf_.content_of = {{"user:ada", "stored for ada"}};
  shelf_.damaged = true;
  start();
  EXPECT_EQ(send(ada_, {{"1", "stored for ada"}}), 14u);
  EXPECT_EQ(taken(ada_), "1=stored for ada;");
}

TEST_F(UploadsTest, KeepsNoMoreThanItMay) {
  start({.kept_bytes_max = 10});
  EXPECT_EQ(send(ada_, {{"a", "aaaaa"}, {"b", "bbbbb"}}), 10u);
  EXPECT_EQ(send(ada_, {{"a", "aaaaa"}}), 0u);  // used last, so b is the one to go
  EXPECT_EQ(send(ada_, {{"c", "ccccc"}}), 5u);
  EXPECT_THAT(missing(ada_, {{"a", "aaaaa"}, {"b", "bbbbb"}, {"c", "ccccc"}}),
              ElementsAre(digest_text("bbbbb")));
  EXPECT_EQ(send(ada_, {{"d", "more than ten"}}), 13u);
  EXPECT_EQ(send(ada_, {{"d", "more than ten"}}), 13u);
}

TEST_F(UploadsTest, KeepsNothingForLongerThanItShould) {
  start({.kept_expiry_ms = 60'000});
  EXPECT_EQ(send(ada_, tree_), 10u);
  clock_.advance(59 * kSecondUs);
  EXPECT_EQ(send(ada_, tree_), 0u);
  clock_.advance(61 * kSecondUs);
  EXPECT_EQ(send(ada_, tree_), 10u);
}

TEST_F(UploadsTest, WhatAHandlerHoldsOutlivesWhatIsForgotten) {
  start({.kept_bytes_max = 5});
  EXPECT_EQ(send(ada_, {{"a", "aaaaa"}}), 5u);
  EXPECT_EQ(send(ada_, {{"a", "aaaaa"}}), 0u);
  const std::string first = last_;
  EXPECT_EQ(send(ada_, {{"b", "bbbbb"}}), 5u);
  last_ = first;
  EXPECT_EQ(taken(ada_), "a=aaaaa;");
}

}  // namespace
}  // namespace solvent::net
