#include "syntax/version.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace solvent::syntax {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

/// Reads a version from left to right over lower-case text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool peek_digit() const { return !rest_.empty() && is_digit(rest_[0]); }
  std::optional<std::int64_t> number() {
    std::size_t end = 0;
    while (end < rest_.size() && is_digit(rest_[end])) ++end;
    if (end == 0) return {};
    const auto value = parse_int(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return value;
  }
  /// A word with an optional separator before it, and the number after it (0 when there is none).
  std::optional<std::int64_t> word(std::string_view word) {
    std::string_view rest = rest_;
    if (!rest.empty() && is_separator(rest[0])) rest.remove_prefix(1);
    if (!rest.starts_with(word)) return {};
    rest.remove_prefix(word.size());
    const std::string_view before_number = rest;
    if (!rest.empty() && is_separator(rest[0])) rest.remove_prefix(1);
    if (rest.empty() || !is_digit(rest[0])) {
      rest_ = before_number;
      return 0;
    }
    rest_ = rest;
    return number().value_or(-1);
  }
  std::string_view rest() const { return rest_; }
  void rest(std::string_view text) { rest_ = text; }

 private:
  std::string_view rest_;
};

bool read_release(Reader& in, Version& out) {
  auto first = in.number();
  if (!first) return false;
  if (in.take('!')) {
    out.epoch = *first;
    first = in.number();
    if (!first) return false;
  }
  out.release.push_back(*first);
  while (in.rest().size() > 1 && in.rest()[0] == '.' && is_digit(in.rest()[1])) {
    in.take('.');
    const auto next = in.number();
    if (!next) return false;
    out.release.push_back(*next);
  }
  return true;
}

bool read_suffixes(Reader& in, Version& out) {
  struct Phase {
    std::string_view word;
    int phase;
  };
  static constexpr std::array<Phase, 8> kPhases = {{{"alpha", 0},
                                                    {"a", 0},
                                                    {"beta", 1},
                                                    {"b", 1},
                                                    {"preview", 2},
                                                    {"pre", 2},
                                                    {"rc", 2},
                                                    {"c", 2}}};
  for (const auto& [word, phase] : kPhases) {
    if (const auto number = in.word(word)) {
      if (*number < 0) return false;
      out.pre = {phase, *number};
      break;
    }
  }
  for (const std::string_view word : {"post", "rev", "r"}) {
    if (const auto number = in.word(word)) {
      out.post = number;
      break;
    }
  }
  if (!out.post && in.rest().size() > 1 && in.rest()[0] == '-' && is_digit(in.rest()[1])) {
    in.take('-');
    out.post = in.number().value_or(-1);
  }
  if (const auto number = in.word("dev")) out.dev = number;
  return out.post.value_or(0) >= 0 && out.dev.value_or(0) >= 0;
}

bool read_local(Reader& in, Version& out) {
  if (!in.take('+')) return true;
  std::string part;
  for (const char c : in.rest()) {
    if (is_separator(c)) {
      if (part.empty()) return false;
      out.local.push_back(std::move(part));
      part.clear();
    } else if (is_digit(c) || (c >= 'a' && c <= 'z')) {
      part += c;
    } else {
      return false;
    }
  }
  if (part.empty()) return false;
  out.local.push_back(std::move(part));
  in.rest({});
  return true;
}

std::strong_ordering compare_release(const Version& a, const Version& b) {
  const std::size_t count = std::max(a.release.size(), b.release.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t x = i < a.release.size() ? a.release[i] : 0;
    const std::int64_t y = i < b.release.size() ? b.release[i] : 0;
    if (x != y) return x <=> y;
  }
  return std::strong_ordering::equal;
}

/// 1.0.dev1 < 1.0a1 < 1.0 < 1.0.post1: what stands for an absent pre-release depends on the rest.
std::pair<int, std::int64_t> pre_key(const Version& v) {
  if (v.pre) return *v.pre;
  return {!v.post && v.dev ? -1 : 3, 0};
}

std::strong_ordering compare_local(const Version& a, const Version& b) {
  const std::size_t count = std::min(a.local.size(), b.local.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = parse_int(a.local[i]), y = parse_int(b.local[i]);
    if (x.has_value() != y.has_value())
      return x ? std::strong_ordering::greater : std::strong_ordering::less;
    const auto order = x ? *x <=> *y : a.local[i] <=> b.local[i];
    if (order != 0) return order;
  }
  return a.local.size() <=> b.local.size();
}

std::strong_ordering compare_public(const Version& a, const Version& b) {
  if (const auto order = a.epoch <=> b.epoch; order != 0) return order;
  if (const auto order = compare_release(a, b); order != 0) return order;
  if (const auto order = pre_key(a) <=> pre_key(b); order != 0) return order;
  if (const auto order = a.post.value_or(-1) <=> b.post.value_or(-1); order != 0) return order;
  constexpr std::int64_t kNoDev = INT64_MAX;
  return a.dev.value_or(kNoDev) <=> b.dev.value_or(kNoDev);
}

/// "1.2.*": the release begins with these numbers, zeros filling up a shorter one.
bool has_prefix(const Version& version, const Version& prefix) {
  if (version.epoch != prefix.epoch) return false;
  for (std::size_t i = 0; i < prefix.release.size(); ++i) {
    const std::int64_t have = i < version.release.size() ? version.release[i] : 0;
    if (have != prefix.release[i]) return false;
  }
  return true;
}

bool matches(const Version& version, const std::string& op, const Version& bound) {
  if (op == "~=") {
    Version prefix{.epoch = bound.epoch, .release = bound.release};
    prefix.release.pop_back();
    return compare_public(version, bound) >= 0 && has_prefix(version, prefix);
  }
  const auto order = compare_public(version, bound);
  if (op == "==") return bound.local.empty() ? order == 0 : compare(version, bound) == 0;
  if (op == "!=") return bound.local.empty() ? order != 0 : compare(version, bound) != 0;
  if (op == "<=") return order <= 0;
  if (op == ">=") return order >= 0;
  const bool same_release = version.epoch == bound.epoch && compare_release(version, bound) == 0;
  if (op == "<") {  // "<1.0" does not let 1.0rc1 in, unless it names a pre-release itself
    const bool pre = version.pre || version.dev;
    return order < 0 && !(pre && !bound.pre && !bound.dev && same_release);
  }
  // ">1.0" lets neither 1.0.post1 nor 1.0+local in
  return order > 0 && !(version.post && !bound.post && same_release);
}

}  // namespace

std::optional<Version> parse_version(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  text = trim(text);
  if (text.size() > kLongest) return {};
  const std::string low = lower_ascii(text);
  Reader in(low);
  in.take('v');
  Version out;
  if (!read_release(in, out) || !read_suffixes(in, out) || !read_local(in, out) || !in.done())
    return {};
  return out;
}

std::strong_ordering compare(const Version& a, const Version& b) {
  if (const auto order = compare_public(a, b); order != 0) return order;
  return compare_local(a, b);
}

bool is_exact(const Specifier& specifier) {
  if (specifier.op == "===") return !specifier.version.empty();
  return specifier.op == "==" && !specifier.version.ends_with('*') &&
         parse_version(specifier.version).has_value();
}

std::optional<bool> satisfies(std::string_view version, const Specifier& specifier) {
  if (specifier.op == "===") return lower_ascii(trim(version)) == lower_ascii(specifier.version);
  const auto have = parse_version(version);
  std::string_view bound = specifier.version;
  const bool wildcard = bound.ends_with(".*");
  if (wildcard) bound.remove_suffix(2);
  const auto want = parse_version(bound);
  if (!have || !want) return {};
  if (wildcard) {
    if (specifier.op != "==" && specifier.op != "!=") return {};
    return has_prefix(*have, *want) == (specifier.op == "==");
  }
  if (specifier.op == "~=" && want->release.size() < 2) return {};
  return matches(*have, specifier.op, *want);
}

}  // namespace solvent::syntax
