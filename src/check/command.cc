#include "check/command.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace solvent::check {
namespace {

constexpr std::array<std::string_view, 5> kPrograms = {"solvent", "git", "jupyter", "pip",
                                                       "python3"};
constexpr std::array<std::string_view, 3> kPlaceholders = {"{subject}", "{debt}", "{name}"};
constexpr std::array<std::string_view, 4> kJoints = {"&&", "|", "||", ";"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Characters that no POSIX shell gives a meaning to, wherever in a word they stand.
bool is_plain(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') ||
         std::string_view("_./:@%+,-").find(c) != std::string_view::npos;
}

std::vector<std::string_view> words_of(std::string_view command) {
  std::vector<std::string_view> words;
  for (const auto word : split(command, ' '))
    if (!word.empty()) words.push_back(word);
  return words;
}

/// "NAME", "FILE": a word in capitals is left for a person to fill in.
bool is_left_open(std::string_view word) {
  const bool capitals = std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
  return capitals && word.size() > 1;
}

/// Whether a name can be typed as it is shown: no control characters, and no byte shown as \xNN.
bool can_be_typed(std::string_view text) {
  const bool control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return !control && is_valid_utf8(text) && !contains(text, "\\x");
}

/// "data/first look.csv" → "data-first-look".
std::string data_name(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto dot = path.rfind('.');
  const std::size_t base = slash == std::string_view::npos ? 0 : slash + 1;
  if (dot != std::string_view::npos && dot > base) path = path.substr(0, dot);
  std::string name;
  for (const char c : path) {
    const bool kept = is_letter(c) || (c >= '0' && c <= '9') || c == '_';
    if (kept) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "data" : name;
}

}  // namespace

std::string problem_of_command(std::string_view command) {
  bool begins = true;
  for (const auto word : words_of(command)) {
    if (is_one_of(word, kJoints)) {
      if (begins) return "a command is missing before " + std::string(word);
      begins = true;
      continue;
    }
    if (begins && !is_one_of(word, kPrograms))
      return "it begins with no program that is known here: " + std::string(word);
    begins = false;
    if (is_one_of(word, kPlaceholders) || word == ">") continue;
    if (is_left_open(word)) return "a word is left for a person to fill in: " + std::string(word);
    if (!std::ranges::all_of(word, is_plain))
      return "a word is neither plain nor a placeholder: " + std::string(word);
    if (word.ends_with(':') || word.ends_with(','))
      return "it reads as prose: " + std::string(word);
  }
  return begins ? "it ends where a command should follow" : "";
}

std::string command_of(std::string_view command, std::string_view subject, std::string_view debt) {
  if (command.empty() || !can_be_typed(subject)) return {};
  std::string out;
  for (const auto word : words_of(command)) {
    if (!out.empty()) out += ' ';
    if (word == "{subject}") {
      out += shell_quoted(subject);
    } else if (word == "{debt}") {
      out += shell_quoted(debt);
    } else if (word == "{name}") {
      out += data_name(subject);
    } else {
      out += word;
    }
  }
  return out;
}

std::string shell_quoted(std::string_view text) {
  std::string word = text.starts_with('-') ? "./" + std::string(text) : std::string(text);
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  return "'" + replace_all(word, "'", "'\\''") + "'";
}

}  // namespace solvent::check
