#include <algorithm>

#include "base/text.h"
#include "remedies/code/secrets.h"
#include "remedies/code/source_checks.h"

namespace solvent::remedies::code {
namespace {

constexpr std::string_view kId = "code/secret-in-code";
constexpr std::size_t kHashDigits = 6;

/// Enough to tell two credentials of a project apart, too little to confirm a guess: 24 bits, keyed
/// by what it is.
std::string hash_prefix(std::string_view kind, std::string_view secret) {
  Hasher hasher;
  hasher.field("solvent secret v1").field(kind).field(secret);
  return hasher.finish().hex().substr(0, kHashDigits);
}

/// The text with every credential struck out, so that no digest of a neighbourhood holds one.
std::string struck_out(std::string_view text, std::span<const SecretSighting> sightings) {
  std::string out(text);
  for (const auto& s : sightings)
    for (std::size_t i = s.begin; i < s.end; ++i)
      if (out[i] != '\n') out[i] = '*';
  return out;
}

void look_at(const SecretScanner& scanner, const check::SourceFile& file, std::string_view text,
             check::Answer& answer) {
  const auto sightings = scanner.find(file.path, text);
  if (sightings.empty()) return;
  const std::string shown = struck_out(text, sightings);
  for (const auto& s : sightings) {
    const std::string hash = hash_prefix(s.kind, text.substr(s.begin, s.end - s.begin));
    const auto length = static_cast<std::int64_t>(s.end - s.begin);
    Json evidence;
    evidence.set("kind", s.kind);
    evidence.set("length", length);
    evidence.set("hash_prefix", hash);
    add_finding(answer,
                {.check = std::string(kId),
                 .subject = file.path,
                 .item = std::to_string(s.line),
                 .location = {.path = file.path, .line = s.line},
                 .message = s.kind + " of " + std::to_string(length) + " characters in plain text",
                 .evidence = std::move(evidence),
                 .confidence = s.confidence,
                 .fingerprint = check::content_fingerprint(kId, s.kind + " " + hash),
                 .context = check::context_digest(shown, s.line)});
  }
}

Result<check::Answer> run(const check::Input& input, const Json&, TimeUs) {
  const auto& tree = *std::get<const check::SourceTree*>(input);
  const SecretScanner scanner;
  check::Answer answer;
  for (const auto* file : own_files(tree)) {
    const auto text = tree.text(*file);
    if (!text) {
      add_failure(answer, file->path, text.error());
      continue;
    }
    answer.examinations.push_back({.subject = file->path});
    look_at(scanner, *file, *text, answer);
  }
  return answer;
}

}  // namespace

check::Check secret_in_code() {
  return {
      .spec = {.id = std::string(kId),
               .title = "Secret in the source",
               .question = "Does this line of tracked text hold a credential that looks live?",
               .source = "Meli, McNiece, Reaves, How Bad Can It Git? Characterizing Secret Leakage "
                         "in Public GitHub Repositories, NDSS 2019; CWE-798",
               .debt_kind = "security",
               .principal = {.p10_s = 1'200, .p50_s = 3'600, .p90_s = 21'600},
               .principal_each = {.p10_s = 600, .p50_s = 1'800, .p90_s = 7'200},
               .interest_month = {.p10_s = 60, .p50_s = 1'200, .p90_s = 14'400},
               .prior_source =
                   "our estimate: revoking, replacing and moving a credential; interest "
                   "is a rare incident of days spread over months; nothing is "
                   "measured yet",
               .advice = "Revoke it at its issuer first: it stays in the history. Then read the "
                         "new one from the environment or a secret store."},
      .run = run};
}

}  // namespace solvent::remedies::code
