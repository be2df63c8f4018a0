#include "remedies/code/secrets.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include "base/text.h"
#include "remedies/code/source_checks.h"

namespace solvent::remedies::code {
namespace {

constexpr std::size_t kLineMax =
    4'096;  ///< longer lines are data: images in notebooks, minified code
constexpr std::size_t kFindingsMax = 1'000;  ///< in one file

/// A token whose form is published by its issuer. Group 1 is the credential.
struct TokenRule {
  std::string_view kind;
  std::string_view hint;  ///< text that every match holds; looked for first, because it is cheap
  std::string_view pattern;
  double entropy_min;
};
constexpr std::array<TokenRule, 24> kTokens = {{
    {"AWS access key", "AKIA", R"(\b(AKIA[A-Z2-7]{16})\b)", 2.8},
    {"AWS temporary key", "ASIA", R"(\b(ASIA[A-Z2-7]{16})\b)", 2.8},
    {"Google API key", "AIza", R"(\b(AIza[0-9A-Za-z_-]{35})\b)", 3.0},
    {"Google OAuth secret", "GOCSPX-", R"(\b(GOCSPX-[0-9A-Za-z_-]{28})\b)", 3.0},
    {"GitHub token", "gh", R"(\b(gh[pousr]_[A-Za-z0-9]{36})\b)", 3.0},
    {"GitHub token", "github_pat_", R"(\b(github_pat_[A-Za-z0-9_]{82})\b)", 3.0},
    {"GitLab token", "glpat-", R"(\b(glpat-[0-9A-Za-z_-]{20})\b)", 3.0},
    {"Slack token", "xox", R"(\b(xox[abprs]-[0-9A-Za-z-]{20,250})\b)", 3.0},
    {"Slack webhook", "hooks.slack.com",
     R"((https://hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}))", 3.0},
    {"Stripe key", "_live_", R"(\b((?:sk|rk)_live_[0-9A-Za-z]{16,200})\b)", 3.0},
    {"Hugging Face token", "hf_", R"(\b(hf_[A-Za-z0-9]{34,40})\b)", 3.0},
    {"OpenAI key", "T3BlbkFJ", R"(\b(sk-[A-Za-z0-9_-]{16,200}T3BlbkFJ[A-Za-z0-9_-]{16,200}))", 3.0},
    {"Anthropic key", "sk-ant-", R"(\b(sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,200}))", 3.0},
    {"PyPI token", "pypi-AgE", R"(\b(pypi-AgE[A-Za-z0-9_-]{50,500}))", 3.0},
    {"npm token", "npm_", R"(\b(npm_[A-Za-z0-9]{36})\b)", 3.0},
    {"SendGrid key", "SG.", R"(\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}))", 3.0},
    {"Telegram bot token", ":AA", R"(\b([0-9]{8,10}:AA[A-Za-z0-9_-]{33})\b)", 3.0},
    {"Azure storage key", "AccountKey=", R"(AccountKey=([A-Za-z0-9+/]{86}==))", 3.0},
    {"DigitalOcean token", "dop_v1_", R"(\b(dop_v1_[0-9a-f]{64})\b)", 3.0},
    {"Databricks token", "dapi", R"(\b(dapi[0-9a-f]{32})\b)", 3.0},
    {"Mailgun key", "key-", R"(\b(key-[0-9a-f]{32})\b)", 3.0},
    {"Shopify token", "shp", R"(\b(shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32})\b)", 3.0},
    {"Replicate token", "r8_", R"(\b(r8_[A-Za-z0-9]{37})\b)", 3.0},
    {"JSON web token", "eyJ",
     R"(\b(eyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,500}))", 3.5},
}};

/// A private key with a body, on one line with \n escapes or on many.
constexpr std::string_view kPrivateKey =
    R"((-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----)"
    R"((?:\\n|[\s"'+,\\])*[A-Za-z0-9+/=]{40,}))";
constexpr std::string_view kUrl = R"(\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://([^\s:/?#@'"<>\[\]]{0,64}):)"
                                  R"(([^\s/@'"<>]{3,128})@([^\s/'"<>:,)]+))";
/// Ends of names under which credentials stand.
#define SOLVENT_SECRET_NAME                                                         \
  R"(((?:[\w.-]*?)(?:password|passwd|pwd|passphrase|secret|secret_?key|api_?key)"   \
  R"(|access_?key|account_?key|auth_?token|access_?token|api_?token|bearer_?token)" \
  R"(|token|client_?secret|credentials?)))"
/// name = "literal", name: "literal", "name": "literal", name: str = "literal".
constexpr std::string_view kQuoted =
    R"((?i))" SOLVENT_SECRET_NAME R"((?:\\?["'])?\]?)"
    R"((?:[ \t]*:[ \t]*(?:str|String|bytes|Optional\[str\])[ \t]*=|[ \t]*(?:=>|:=|=|:)))"
    R"([ \t]*[rbu]?\\?["']([^"'\s\\]{6,200})\\?["'])";
/// NAME=literal in configuration, where nothing needs quotes.
constexpr std::string_view kBare = R"((?im)^[ \t]*(?:export[ \t]+|-[ \t]+)?)" SOLVENT_SECRET_NAME
                                   R"([ \t]*[=:][ \t]*([^"'\s#]{6,200})[ \t]*(?:#.*)?$)";
#undef SOLVENT_SECRET_NAME

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

std::size_t distinct_bytes(std::string_view text) {
  std::array<bool, 256> seen{};
  for (const char c : text) seen[static_cast<std::uint8_t>(c)] = true;
  return static_cast<std::size_t>(std::ranges::count(seen, true));
}

/// The longest run in which each byte follows the one before it: "abcdef", "012345".
std::size_t longest_sequence(std::string_view text) {
  std::size_t best = 0, run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = i > 0 && text[i] == text[i - 1] + 1 ? run + 1 : 1;
    best = std::max(best, run);
  }
  return best;
}

struct Classes {
  bool lower = false, upper = false, digit = false, other = false;
  int count() const { return lower + upper + digit + other; }
};

Classes classes_of(std::string_view text) {
  Classes out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80) {
      out.lower = true;  // letters outside ASCII are words of other languages
    } else if (c >= 'A' && c <= 'Z') {
      out.upper = true;
    } else if (c >= '0' && c <= '9') {
      out.digit = true;
    } else {
      out.other = true;
    }
  }
  return out;
}

bool is_prose(std::string_view path) {
  const std::string name = lower_ascii(path);
  return name.ends_with(".md") || name.ends_with(".rst") || name.ends_with(".adoc") ||
         name.ends_with(".html") || name.starts_with("docs/") || name.starts_with("doc/");
}

bool is_test(std::string_view path) {
  const std::string name(file_name(path));
  return lies_below(path, "tests") || lies_below(path, "test") || lies_below(path, "testing") ||
         name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py";
}

bool is_configuration(std::string_view path) {
  const std::string name = lower_ascii(file_name(path));
  if (name.starts_with(".env") || name.starts_with("dockerfile")) return true;
  for (const std::string_view ending : {".env", ".ini", ".cfg", ".conf", ".toml", ".yaml", ".yml",
                                        ".properties", ".sh", ".bash", ".netrc", ".pgpass"})
    if (name.ends_with(ending)) return true;
  return false;
}

bool is_sample_name(std::string_view path) {
  const std::string name = lower_ascii(file_name(path));
  for (const std::string_view word : {"example", "sample", "template", ".dist", "placeholder"})
    if (contains(name, word)) return true;
  return false;
}

/// "bert-base-uncased-v2": a name people gave, words and short numbers between dashes.
bool is_dashed_name(std::string_view value) {
  const auto pieces = split(value, '-');
  return pieces.size() >= 3 && std::ranges::all_of(pieces, [](std::string_view piece) {
           return piece.size() <= 3 || std::ranges::all_of(piece, [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                  });
         });
}

/// Whether a literal under a credential's name looks like a live one.
bool is_live_value(std::string_view name, std::string_view value, std::string_view path) {
  if (is_placeholder(value) || is_dashed_name(value)) return false;
  const std::string low_name = lower_ascii(name), low_value = lower_ascii(value);
  // "token": "token_name", password_field = "password": a name, not a value
  if (contains(low_name, low_value)) return false;
  // a path, a URL, a dotted or bracketed reference to something else
  if (value.find("://") != std::string_view::npos || value[0] == '/' || value[0] == '.' ||
      value[0] == '[' || value[0] == '(' || value[0] == '<' || value.find('(') != value.npos)
    return false;
  for (const std::string_view prefix :
       {"sha1:", "sha256:", "sha512:", "md5:", "arn:", "os.", "self.", "env.",
        "env:", "vault:", "secret/", "secrets.", "process."})
    if (low_value.starts_with(prefix)) return false;
  const Classes classes = classes_of(value);
  const bool password = low_name.ends_with("password") || low_name.ends_with("passwd") ||
                        low_name.ends_with("pwd") || low_name.ends_with("passphrase");
  const double bits = entropy_bits(value);
  const bool random =
      value.size() >= 16 && classes.digit && (classes.lower || classes.upper) && bits >= 3.0;
  if (is_test(path) || is_prose(path) || is_sample_name(path)) return random && bits >= 3.7;
  if (!password) return random;
  if (value.find('/') != value.npos) return random;  // more often a path than a password
  return random || (classes.count() >= 2 && (classes.digit || classes.other) && bits >= 2.3 &&
                    !(classes.other && !classes.digit && !classes.upper && value.size() < 8));
}

}  // namespace

struct SecretScanner::Patterns {
  Patterns()
      : private_key(piece(kPrivateKey)),
        url(piece(kUrl)),
        quoted(piece(kQuoted)),
        bare(piece(kBare)) {
    for (const auto& rule : kTokens) tokens.emplace_back(piece(rule.pattern));
    for (const auto& token : tokens) ASSERT(token.ok());
    ASSERT(private_key.ok() && url.ok() && quoted.ok() && bare.ok());
  }
  std::deque<RE2> tokens;  ///< as kTokens
  RE2 private_key, url, quoted, bare;
};

namespace {

template <class Patterns>
class Finder {
 public:
  Finder(const Patterns& patterns, std::string_view path, std::string_view text)
      : patterns_(patterns), path_(path), text_(text) {}

  std::vector<SecretSighting> run() {
    tokens();
    private_keys();
    urls();
    assignments(patterns_.quoted);
    if (is_configuration(path_)) assignments(patterns_.bare);
    std::ranges::stable_sort(found_, {}, &SecretSighting::begin);
    const auto same = [](const auto& a, const auto& b) { return a.line == b.line; };
    found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());
    return std::move(found_);
  }

 private:
  void add(std::string kind, const re2::StringPiece& secret, double confidence) {
    const auto begin = static_cast<std::size_t>(secret.data() - text_.data());
    while (counted_to_ > begin) {  // rules run one after another over the same text
      counted_to_ = 0;
      line_ = 1;
    }
    line_ += std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_to_),
                        text_.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    counted_to_ = begin;
    found_.push_back({std::move(kind), line_, begin, begin + secret.size(), confidence});
  }

  bool on_long_line(const re2::StringPiece& match) const {
    const auto begin = static_cast<std::size_t>(match.data() - text_.data());
    const std::size_t newline = text_.rfind('\n', begin);
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    return std::min(text_.find('\n', begin), text_.size()) - start > kLineMax;
  }

  void tokens() {
    for (std::size_t i = 0; i < kTokens.size(); ++i) {
      const auto& rule = kTokens[i];
      if (text_.find(rule.hint) == std::string_view::npos) continue;
      re2::StringPiece rest(text_.data(), text_.size()), secret;
      while (found_.size() < kFindingsMax &&
             RE2::FindAndConsume(&rest, patterns_.tokens[i], &secret)) {
        const std::string_view value(secret.data(), secret.size());
        if (on_long_line(secret) || is_placeholder(value) || entropy_bits(value) < rule.entropy_min)
          continue;
        if (contains(value, "eyJzdWIiOiIxMjM0NTY3ODkwIi")) continue;  // the sample of jwt.io
        add(std::string(rule.kind), secret, is_test(path_) || is_prose(path_) ? 0.7 : 0.95);
      }
    }
  }

  void private_keys() {
    if (text_.find("PRIVATE KEY") == std::string_view::npos) return;
    const RE2& pattern = patterns_.private_key;
    re2::StringPiece rest(text_.data(), text_.size()), secret;
    while (found_.size() < kFindingsMax && RE2::FindAndConsume(&rest, pattern, &secret)) {
      const std::string_view value(secret.data(), secret.size());
      const std::string_view body = value.substr(value.rfind("-----") + 5);
      if (distinct_bytes(body) < 16) continue;
      add("private key", secret, is_test(path_) ? 0.6 : 0.95);
    }
  }

  void urls() {
    if (text_.find("://") == std::string_view::npos) return;
    const RE2& pattern = patterns_.url;
    re2::StringPiece rest(text_.data(), text_.size()), user, secret, host;
    while (found_.size() < kFindingsMax &&
           RE2::FindAndConsume(&rest, pattern, &user, &secret, &host)) {
      const std::string_view value(secret.data(), secret.size());
      const std::string where = lower_ascii(std::string_view(host.data(), host.size()));
      const std::string who = lower_ascii(std::string_view(user.data(), user.size()));
      const bool here = where.starts_with("localhost") || where.starts_with("127.") ||
                        where.starts_with("0.0.0.0") || where.starts_with("host") ||
                        contains(where, "example.");
      if (on_long_line(secret) || here || is_placeholder(value)) continue;
      if (who == "user" || who == "username" || contains(who, "your") || contains(who, "{"))
        continue;
      if (lower_ascii(value) == who || value.find('{') != value.npos || value[0] == '$') continue;
      const bool weak = classes_of(value).count() < 2 || entropy_bits(value) < 2.3;
      if (weak || ((is_test(path_) || is_prose(path_)) && entropy_bits(value) < 3.5)) continue;
      add("password in a URL", secret, 0.85);
    }
  }

  void assignments(const RE2& pattern) {
    re2::StringPiece rest(text_.data(), text_.size()), name, secret;
    while (found_.size() < kFindingsMax && RE2::FindAndConsume(&rest, pattern, &name, &secret)) {
      const std::string_view value(secret.data(), secret.size());
      const std::string_view under(name.data(), name.size());
      if (on_long_line(secret) || !is_live_value(under, value, path_)) continue;
      const std::string low = lower_ascii(under);
      const bool password = contains(low, "pass") || contains(low, "pwd");
      add(password ? "password" : contains(low, "token") ? "token" : "secret key", secret, 0.8);
    }
  }

  const Patterns& patterns_;
  std::string_view path_, text_;
  std::vector<SecretSighting> found_;
  std::size_t counted_to_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace

double entropy_bits(std::string_view text) {
  std::array<std::int64_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<std::uint8_t>(c)];
  double bits = 0;
  const auto total = static_cast<double>(text.size());
  for (const auto count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / total;
    bits -= share * std::log2(share);
  }
  return bits;
}

bool is_placeholder(std::string_view value) {
  static constexpr std::array<std::string_view, 41> kWords = {
      "example",   "sample",    "dummy",       "fake",     "test",    "placeholder", "changeme",
      "change_me", "change-me", "change_this", "your",     "insert",  "replace",     "todo",
      "fixme",     "xxx",       "redacted",    "password", "passwd",  "secret",      "...",
      "***",       "<",         ">",           "${",       "{{",      "}}",          "%(",
      "%s",        "$(",        "12345",       "abcdef",   "qwerty",  "deadbeef",    "lorem",
      "mysecret",  "mypass",    "notreal",     "invalid",  "default", "foobar"};
  if (value.empty()) return true;
  const std::string low = lower_ascii(value);
  for (const auto word : kWords)
    if (contains(low, word)) return true;
  if (value[0] == '$' || value[0] == '{' || value[0] == '%' || value[0] == '@') return true;
  if (value.find('{') != std::string_view::npos && value.find('}') != std::string_view::npos)
    return true;
  if (distinct_bytes(value) <= 3 || longest_sequence(value) >= 8) return true;
  // DATABASE_PASSWORD: the name of a variable stands where its value will be
  const Classes classes = classes_of(value);
  return classes.upper && !classes.lower && !classes.digit && value.find('_') != value.npos;
}

SecretScanner::SecretScanner() : patterns_(std::make_unique<const Patterns>()) {}
SecretScanner::~SecretScanner() = default;

std::vector<SecretSighting> SecretScanner::find(std::string_view path,
                                                std::string_view text) const {
  constexpr std::size_t kBinaryProbe = 8'192;
  if (text.substr(0, kBinaryProbe).find('\0') != std::string_view::npos) return {};
  return Finder<Patterns>(*patterns_, path, text).run();
}

}  // namespace solvent::remedies::code
