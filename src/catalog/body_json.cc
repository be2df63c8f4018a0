#include "catalog/body_json.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include "base/text.h"

namespace solvent::catalog {
namespace {

/// Bytes that end the plain part of a string: the quote, the backslash, control characters.
constexpr auto kEndsPlain = [] {
  std::array<bool, 256> ends{};
  for (int c = 0; c < 0x20; ++c) ends[static_cast<std::size_t>(c)] = true;
  ends['"'] = ends['\\'] = true;
  return ends;
}();
constexpr std::uint64_t kOnes = 0x0101010101010101u, kHigh = 0x8080808080808080u;

std::uint64_t eight_bytes(const char* at) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Where the plain part of a string ends. Eight bytes at a time; of the high bits that a word keeps
/// only the lowest is certain (a borrow may set those above it), and only that one is looked at.
const char* skip_plain(const char* at, const char* end) {
  for (; end - at >= 8; at += 8) {
    const std::uint64_t word = eight_bytes(at);
    const std::uint64_t quote = word ^ (kOnes * '"'), backslash = word ^ (kOnes * '\\');
    const std::uint64_t ends = (((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) |
                                ((backslash - kOnes) & ~backslash)) &
                               kHigh;
    if (ends != 0) return at + std::countr_zero(ends) / 8;
  }
  while (at != end && !kEndsPlain[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

constexpr std::ptrdiff_t kNumberDigitsMax = 18;  ///< what an int64 and a double surely hold

/// One pass over the text. Every function is false where the scan gives up.
class Scanner {
 public:
  Scanner(std::string_view text, std::int64_t depth_max)
      : at_(text.data()), end_(text.data() + text.size()), depth_max_(depth_max) {}

  bool body(Json& kept, bool keep) {
    kept = JsonObject();
    blank();
    if (!members([&](std::string_view name) {
          if (!keep || is_opaque_member(name)) {
            if (keep) kept.set(std::string(name), nullptr);
            return skip();
          }
          Json value;
          if (!read(value)) return false;
          kept.set(std::string(name), std::move(value));
          return true;
        }))
      return false;
    blank();
    return at_ == end_;
  }

 private:
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  bool take(char c) {
    if (peek() != c || at_ == end_) return false;
    ++at_;
    return true;
  }
  void blank() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  bool word(std::string_view text) {
    if (static_cast<std::size_t>(end_ - at_) < text.size()) return false;
    if (std::string_view(at_, text.size()) != text) return false;
    at_ += text.size();
    return true;
  }

  /// A string without escapes.
  bool plain_string(std::string_view& text) {
    if (!take('"')) return false;
    const char* start = at_;
    at_ = skip_plain(at_, end_);
    text = {start, static_cast<std::size_t>(at_ - start)};
    return take('"');
  }
  bool skip_string() {
    if (!take('"')) return false;
    for (;;) {
      at_ = skip_plain(at_, end_);
      if (take('"')) return true;
      if (!take('\\')) return false;
      static constexpr std::string_view kShort = "\"\\/bfnrt";
      if (at_ == end_ || kShort.find(*at_) == std::string_view::npos) return false;
      ++at_;
    }
  }
  bool digits() {
    const char* start = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != start;
  }
  bool number(std::string_view& text, bool& whole) {
    const char* start = at_;
    take('-');
    const char* first = at_;
    if (!digits() || (*first == '0' && (at_ - first > 1 || first != start))) return false;
    whole = !take('.');
    if (!whole && !digits()) return false;
    if (peek() == 'e' || peek() == 'E' || at_ - start > kNumberDigitsMax) return false;
    text = {start, static_cast<std::size_t>(at_ - start)};
    return true;
  }

  template <class Member>
  bool members(const Member& member) {
    if (!take('{') || ++depth_ > depth_max_) return false;
    blank();
    if (!take('}')) {
      do {
        std::string_view name;
        blank();
        if (!plain_string(name)) return false;
        blank();
        if (!take(':')) return false;
        blank();
        if (!member(name)) return false;
        blank();
      } while (take(','));
      if (!take('}')) return false;
    }
    --depth_;
    return true;
  }
  template <class Item>
  bool items(const Item& item) {
    if (!take('[') || ++depth_ > depth_max_) return false;
    blank();
    if (!take(']')) {
      do {
        blank();
        if (!item()) return false;
        blank();
      } while (take(','));
      if (!take(']')) return false;
    }
    --depth_;
    return true;
  }

  bool skip() {
    std::string_view text;
    bool whole = false;
    switch (peek()) {
      case '{': return members([this](std::string_view) { return skip(); });
      case '[': return items([this] { return skip(); });
      case '"': return skip_string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number(text, whole);
    }
  }
  bool read(Json& value) {
    std::string_view text;
    switch (peek()) {
      case '{':
        value = JsonObject();
        return members([&](std::string_view name) {
          Json member;
          if (!read(member)) return false;
          value.set(std::string(name), std::move(member));
          return true;
        });
      case '[':
        value = JsonArray();
        return items([&] {
          Json item;
          if (!read(item)) return false;
          value.push(std::move(item));
          return true;
        });
      case '"':
        if (!plain_string(text)) return false;
        value = text;
        return true;
      case 't': value = true; return word("true");
      case 'f': value = false; return word("false");
      case 'n': value = nullptr; return word("null");
      default: return read_number(value);
    }
  }
  bool read_number(Json& value) {
    std::string_view text;
    bool whole = false;
    if (!number(text, whole)) return false;
    if (whole) {
      std::int64_t integer = 0;
      std::from_chars(text.data(), text.data() + text.size(), integer);
      value = integer;
    } else {
      double real = 0;
      std::from_chars(text.data(), text.data() + text.size(), real);
      value = real;
    }
    return true;
  }

  const char* at_;
  const char* end_;
  std::int64_t depth_ = 0, depth_max_;
};

bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) seen |= eight_bytes(text.data() + at);
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & kHigh) == 0;
}

}  // namespace

std::optional<Json> scan_plain_body(std::string_view body, std::int64_t depth_max, bool keep) {
  if (!is_ascii(body) && !is_valid_utf8(body)) return std::nullopt;
  Json kept;
  if (!Scanner(body, depth_max).body(kept, keep)) return std::nullopt;
  return kept;
}

Result<Json> read_body_json(std::string_view body, const Limits& limits, bool keep) {
  if (std::ssize(body) <= limits.body_bytes_max)
    if (auto kept = scan_plain_body(body, limits.body_depth_max, keep)) return *std::move(kept);
  Json json = TRY(parse_json(body, {.depth_max = static_cast<std::size_t>(limits.body_depth_max),
                                    .bytes_max = static_cast<std::size_t>(limits.body_bytes_max)}));
  if (!json.is_object()) return fail(Code::kInvalidArgument, "must be a JSON object");
  if (!keep) return Json(JsonObject());
  for (auto& [name, value] : json.object())
    if (is_opaque_member(name)) value = nullptr;
  return json;
}

}  // namespace solvent::catalog
