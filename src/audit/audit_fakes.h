/// Fake checks and data sets for tests of audits. Single-threaded, except where a check runs.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "audit/audit.h"
#include "base/text.h"

namespace solvent::audit {

/// What the fake checks are told to do; read while they run.
struct Behaviour {
  std::int64_t version = 1;
  std::string fails, skips, ignores;  ///< the whole check; one subject; one subject
  bool by_hand = false;
  int runs = 0;
};

inline check::CheckSpec fake_spec(std::string id, check::InputKind input,
                                  std::int64_t version = 1) {
  return {.id = std::move(id),
          .version = version,
          .input = input,
          .title = "Notes left in code",
          .question = "Is a note left?",
          .source = "a test",
          .debt_kind = "code",
          .principal = {600, 1200, 2400},
          .principal_each = {60, 120, 240},
          .interest_month = {300, 600, 1200},
          .prior_source = "judgement",
          .fix = "git rm {subject}",
          .advice = "Do it.",
          .parameters = {{"word", "what to look for", "TODO"}}};
}

/// Every line of a .py file that holds the word.
inline check::Check word_check(Behaviour& behaviour) {
  const auto run = [&behaviour](const check::Input& input, const Json& parameters,
                                TimeUs) -> Result<check::Answer> {
    ++behaviour.runs;
    if (!behaviour.fails.empty()) return fail(Code::kInternal, behaviour.fails);
    check::Answer answer;
    const auto& tree = *std::get<const check::SourceTree*>(input);
    const std::string word = parameters.text_or("word", "");
    for (const auto& file : tree.files()) {
      if (!file.path.ends_with(".py") || file.path == behaviour.ignores) continue;
      if (file.path == behaviour.skips) {
        answer.examinations.push_back({file.path, check::Outcome::kSkipped, "not today"});
        continue;
      }
      answer.examinations.push_back({.subject = file.path});
      const std::string_view text = TRY(tree.text(file));
      std::int64_t line = 0;
      for (const auto part : split_lines(text)) {
        ++line;
        if (!contains(part, word)) continue;
        answer.findings.push_back({.subject = file.path,
                                   .location = {.path = file.path, .line = line},
                                   .message = "a note is left",
                                   .fingerprint = check::content_fingerprint("code/word", part),
                                   .context = check::context_digest(text, line),
                                   .by_hand = behaviour.by_hand});
      }
    }
    return answer;
  };
  return {fake_spec("code/word", check::InputKind::kSourceTree, behaviour.version), run};
}

/// Assets without an owner.
inline check::Check owner_check() {
  return {fake_spec("estate/unowned", check::InputKind::kGraph),
          [](const check::Input& input, const Json&, TimeUs) -> Result<check::Answer> {
            check::Answer answer;
            for (const auto& asset : std::get<check::GraphInput>(input).assets) {
              answer.examinations.push_back({.subject = asset.name});
              if (!asset.owner.empty()) continue;
              answer.findings.push_back(
                  {.subject = asset.name, .item = "owner", .message = "nobody's"});
            }
            return answer;
          }};
}

/// Constant columns, from a profile; rows, from a scan; a change of rows, from a pair.
inline check::Check profile_check() {
  return {fake_spec("data/constant", check::InputKind::kProfile),
          [](const check::Input& input, const Json&, TimeUs) -> Result<check::Answer> {
            const auto& data = std::get<check::ProfileInput>(input);
            check::Answer answer{.examinations = {{.subject = data.meaning.dataset}}};
            for (const auto& column : data.profile->columns) {
              if (column.distinct > 1) continue;
              answer.findings.push_back({.subject = data.meaning.dataset,
                                         .item = column.name,
                                         .message = column.name + " is constant"});
            }
            return answer;
          }};
}
inline check::Check pair_check() {
  check::Check check{fake_spec("data/rows", check::InputKind::kVersionPair),
                     [](const check::Input& input, const Json&, TimeUs) -> Result<check::Answer> {
                       const auto& pair = std::get<check::VersionPairInput>(input);
                       check::Answer answer{.examinations = {{.subject = pair.meaning.dataset}}};
                       if (pair.before->rows != pair.after->rows) {
                         answer.findings.push_back({.subject = pair.meaning.dataset,
                                                    .item = pair.meaning.sliced_by,
                                                    .message = "rows changed"});
                       }
                       return answer;
                     }};
  check.spec.meaning = {"sliced_by"};
  return check;
}

/// Whether the column "amount" is what is to be predicted; reads nothing else of the meaning.
inline check::Check target_check() {
  check::Check check{
      fake_spec("data/target", check::InputKind::kProfile),
      [](const check::Input& input, const Json&, TimeUs) -> Result<check::Answer> {
        const auto& meaning = std::get<check::ProfileInput>(input).meaning;
        EXPECT_EQ(meaning.sliced_by, "");
        check::Answer answer{.examinations = {{.subject = meaning.dataset}}};
        if (meaning.target == "amount")
          answer.findings.push_back(
              {.subject = meaning.dataset, .item = "flag", .message = "flag gives amount away"});
        return answer;
      }};
  check.spec.meaning = {"target"};
  return check;
}

class FakeData final : public DataSource {
 public:
  Result<DataVersion> find(const op::Caller&, const std::string& dataset,
                           const std::string& version) override {
    if (dataset != "loans") return fail(Code::kNotFound, "no such data set: " + dataset);
    const std::string slice = version.empty() ? "month=1" : version;
    return DataVersion{
        .dataset = dataset,
        .digest = "v-" + slice,
        .slice = slice,
        .profile_digest = "p-" + slice + std::to_string(distinct) + "-" + std::to_string(july),
        .rows = 10};
  }
  Result<profile::TableProfile> profile(const DataVersion& version) override {
    profile::TableProfile profile{.rows = version.slice == "month=1" ? 10 : july};
    profile.columns.push_back({.name = "flag", .distinct = distinct});
    profile.columns.push_back({.name = "amount", .distinct = 9});
    return profile;
  }
  Result<OpenTable> open(const DataVersion&) override {
    return fail(Code::kUnavailable, "not opened");
  }
  Result<check::DataMeaning> meaning(const std::string& dataset) override {
    return check::DataMeaning{.dataset = dataset, .target = target};
  }
  std::int64_t distinct = 1, july = 20;
  std::string target = "amount";
};

}  // namespace solvent::audit
