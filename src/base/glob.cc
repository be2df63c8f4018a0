#include "base/text.h"

// Simulated as a nondeterministic automaton, so that no pattern takes more than
// |pattern| x |path| steps.

namespace solvent {
namespace {

struct Token {
  enum class Kind : std::uint8_t {
    kByte,        ///< this byte
    kAnyOne,      ///< `?`: one character but '/'
    kClass,       ///< `[...]`: one ASCII character
    kStar,        ///< `*`: anything without '/'
    kDoubleStar,  ///< `**`: anything
    kFolders,     ///< `**/`: nothing, or anything that ends in '/'
  };
  Kind kind;
  char byte = 0;
  std::string_view members;  ///< of a class, between the brackets
  bool negated = false;
};

/// The end of the class that opens at `at`, or npos when it is never closed.
std::size_t class_end(std::string_view pattern, std::size_t at) {
  std::size_t from = at + 1;
  if (from < pattern.size() && (pattern[from] == '!' || pattern[from] == '^')) ++from;
  if (from >= pattern.size()) return std::string_view::npos;
  return pattern.find(']', from + 1);  // a ']' in first place is a member
}

std::vector<Token> tokens_of(std::string_view pattern) {
  using Kind = Token::Kind;
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '*') {
      const std::size_t first = i;
      while (i < pattern.size() && pattern[i] == '*') ++i;
      const bool starts_folder = first == 0 || pattern[first - 1] == '/';
      if (i - first < 2) {
        tokens.push_back({Kind::kStar});
      } else if (starts_folder && i < pattern.size() && pattern[i] == '/') {
        tokens.push_back({Kind::kFolders});
        ++i;
      } else {
        tokens.push_back({Kind::kDoubleStar});
      }
      continue;
    }
    if (c == '?') {
      tokens.push_back({Kind::kAnyOne});
    } else if (const std::size_t end = c == '[' ? class_end(pattern, i) : std::string_view::npos;
               end != std::string_view::npos) {
      std::string_view members = pattern.substr(i + 1, end - i - 1);
      const bool negated = members.front() == '!' || members.front() == '^';
      if (negated) members.remove_prefix(1);
      tokens.push_back({Kind::kClass, 0, members, negated});
      i = end;
    } else if (c == '\\' && i + 1 < pattern.size()) {
      tokens.push_back({Kind::kByte, pattern[++i]});
    } else {
      tokens.push_back({Kind::kByte, c});
    }
    ++i;
  }
  return tokens;
}

bool in_class(const Token& token, char c) {
  if (c == '/') return false;
  const auto byte = static_cast<unsigned char>(c);
  bool found = false;
  for (std::size_t i = 0; i < token.members.size() && !found; ++i) {
    const auto low = static_cast<unsigned char>(token.members[i]);
    if (i + 2 < token.members.size() && token.members[i + 1] == '-') {
      found = low <= byte && byte <= static_cast<unsigned char>(token.members[i + 2]);
      i += 2;
    } else {
      found = low == byte;
    }
  }
  return found != token.negated;
}

using States = std::vector<bool>;  ///< [i]: tokens before i are matched

/// Adds what is reachable without reading a byte.
void close(States& states, const std::vector<Token>& tokens) {
  using Kind = Token::Kind;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Kind kind = tokens[i].kind;
    if (states[i] && (kind == Kind::kStar || kind == Kind::kDoubleStar || kind == Kind::kFolders))
      states[i + 1] = true;
  }
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view path) {
  using Kind = Token::Kind;
  const std::vector<Token> tokens = tokens_of(pattern);
  const std::size_t count = tokens.size() + 1;
  States states(count), inside(count), next(count), next_inside(count);
  states[0] = true;
  close(states, tokens);
  // `inside[i]`: token i is kFolders and has begun a folder name that is not yet ended by '/'.
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    const bool continues =
        at + 1 < path.size() && (static_cast<unsigned char>(path[at + 1]) & 0xc0) == 0x80;
    next.assign(count, false);
    next_inside.assign(count, false);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!states[i] && !inside[i]) continue;
      const Token& token = tokens[i];
      switch (token.kind) {
        case Kind::kByte: next[i + 1] = next[i + 1] || token.byte == c; break;
        case Kind::kClass: next[i + 1] = next[i + 1] || in_class(token, c); break;
        case Kind::kAnyOne:  // waits here until the last byte of a character
          if (c == '/') break;
          next[continues ? i : i + 1] = true;
          break;
        case Kind::kStar: next[i] = next[i] || c != '/'; break;
        case Kind::kDoubleStar: next[i] = true; break;
        case Kind::kFolders:
          next_inside[i] = true;
          if (c == '/') next[i + 1] = true;
          break;
      }
    }
    states.swap(next);
    inside.swap(next_inside);
    close(states, tokens);
  }
  return states[tokens.size()];
}

}  // namespace solvent
