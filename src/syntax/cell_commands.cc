#include "syntax/cell_commands.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace solvent::syntax {
namespace {

bool is_cell_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

/// "/usr/bin/python" → "python".
std::string_view file_stem(std::string_view path) {
  path = path.substr(0, path.find_first_of(" \t"));
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view first_word(std::string_view text) {
  text = trim(text);
  return text.substr(0, text.find_first_of(" \t\r\n"));
}

/// Lines that a `!` or a magic hands on, or that automagic takes: what the shell sees of it.
std::optional<std::string_view> handed_on(std::string_view line) {
  static constexpr std::array<std::string_view, 7> kCommands = {
      "pip", "pip3", "conda", "mamba", "uv", "micromamba", "poetry"};
  line = trim(line);
  if (line.starts_with('?') || (line.ends_with('?') && line.find('#') == std::string_view::npos))
    return std::string_view();  // help
  if (line.starts_with("!!")) return line.substr(2);
  if (line.starts_with('!')) return line.substr(1);
  if (line.starts_with('%') && !line.starts_with("%%")) {
    line.remove_prefix(1);
    const auto word = first_word(line);
    if (word == "system" || word == "sx") return line.substr(word.size());
    if (is_one_of(word, kCommands)) return line;
    return std::string_view();  // another magic: no Python, no shell
  }
  // Automagic: a line that begins with a magic's name and goes on as no Python would.
  if (is_one_of(first_word(line), kCommands)) {
    const auto rest = trim(line.substr(first_word(line).size()));
    const auto verb = first_word(rest);
    if (verb == "install" || verb == "add") return line;
  }
  // "out = !command"
  const auto bang = line.find("= !");
  if (bang != std::string_view::npos &&
      std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(bang),
                  [](char c) { return is_word(c) || is_cell_blank(c) || c == ','; }))
    return line.substr(bang + 3);
  return {};
}

/// Scans Python, line by line at statement starts, byte by byte within.
class Scanner {
 public:
  /// `keeps_texts`: comments and strings stay, and a line that is no Python becomes `pass`, so that
  /// a block of nothing else is still one.
  explicit Scanner(std::string_view source, bool keeps_texts = false)
      : source_(source), code_(source), keeps_texts_(keeps_texts) {}

  void run() {
    while (at_ < source_.size()) {
      if (take_shell_line()) continue;
      python_line();
    }
  }
  std::vector<std::string> take_lines() { return std::move(lines_); }
  std::string take_code() { return std::move(code_); }

 private:
  std::size_t line_end(std::size_t from) const {
    return std::min(source_.find('\n', from), source_.size());
  }

  void blank(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < code_.size(); ++i)
      if (code_[i] != '\n') code_[i] = ' ';
  }

  bool take_shell_line() {
    if (depth_ > 0) return false;
    std::size_t end = line_end(at_);
    if (!handed_on(source_.substr(at_, end - at_))) return false;
    // A backslash joins the next line to a shell line.
    while (end > at_ && end < source_.size() && source_[end - 1] == '\\') end = line_end(end + 1);
    const auto text = handed_on(source_.substr(at_, end - at_));
    if (text && !trim(*text).empty())
      lines_.push_back(replace_all(std::string(*text), "\\\n", " "));
    const std::size_t first = source_.find_first_not_of(" \t", at_);
    blank(at_, end);
    if (keeps_texts_) put(first, end, timed(source_.substr(first, line_end(first) - first)));
    at_ = std::min(end + 1, source_.size());
    return true;
  }

  /// The statement that `%time` runs, else one that does nothing.
  static std::string_view timed(std::string_view line) {
    const std::string_view word = first_word(line);
    if (word != "%time") return "pass";
    const std::string_view statement = trim(line.substr(word.size()));
    return statement.empty() ? "pass" : statement;
  }

  void put(std::size_t at, std::size_t end, std::string_view text) {
    if (at + text.size() <= end) code_.replace(at, text.size(), text);
  }

  void python_line() {
    while (at_ < source_.size() && source_[at_] != '\n') {
      const char c = source_[at_];
      if (c == '#') {
        const std::size_t end = line_end(at_);
        if (!keeps_texts_) blank(at_, end);
        at_ = end;
        break;
      }
      if (c == '"' || c == '\'') {
        string(c);
        continue;
      }
      if (c == '(' || c == '[' || c == '{') ++depth_;
      if ((c == ')' || c == ']' || c == '}') && depth_ > 0) --depth_;
      ++at_;
    }
    if (at_ < source_.size()) ++at_;
  }

  void string(char quote) {
    const std::string three(3, quote);
    const bool triple = source_.substr(at_).starts_with(three);
    at_ += triple ? 3 : 1;
    const std::size_t start = at_;
    while (at_ < source_.size()) {
      if (source_[at_] == '\\') {
        at_ += 2;
        continue;
      }
      if (triple ? source_.substr(at_).starts_with(three)
                 : source_[at_] == quote || source_[at_] == '\n')
        break;
      ++at_;
    }
    at_ = std::min(at_, source_.size());
    if (!keeps_texts_) blank(start, at_);
    if (at_ < source_.size() && (triple || source_[at_] == quote)) at_ += triple ? 3 : 1;
  }

  std::string_view source_;
  std::string code_;
  const bool keeps_texts_;
  std::vector<std::string> lines_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

enum class Body : std::uint8_t { kPython, kShell, kOther };

/// What a leading `%%magic` makes of the rest, which is left in `source`.
Body take_cell_magic(std::string_view& source) {
  static constexpr std::array<std::string_view, 8> kShells = {
      "%%bash", "%%sh", "%%!", "%%system", "%%sx", "%%shell", "%%cmd", "%%zsh"};
  static constexpr std::array<std::string_view, 9> kPython = {"%%capture", "%%time",   "%%timeit",
                                                              "%%prun",    "%%python", "%%python3",
                                                              "%%pypy",    "%%memit",  "%%debug"};
  while (true) {
    std::string_view rest = source;
    while (!rest.empty() && (is_cell_blank(rest[0]) || rest[0] == '\n')) rest.remove_prefix(1);
    if (!rest.starts_with("%%")) return Body::kPython;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trim(rest.substr(0, end)), magic = first_word(line);
    source = rest.substr(std::min(end + 1, rest.size()));
    if (is_one_of(magic, kShells)) return Body::kShell;
    if (magic == "%%script") {
      const auto program = file_stem(trim(line.substr(magic.size())));
      return program == "bash" || program == "sh" || program == "zsh" ? Body::kShell : Body::kOther;
    }
    if (!is_one_of(magic, kPython)) return Body::kOther;
  }
}

std::vector<std::string> lines_of_script(std::string_view script) {
  std::vector<std::string> out;
  std::string joined;
  for (std::string_view line : split_lines(script)) {
    if (line.ends_with('\\')) {
      joined += std::string(line.substr(0, line.size() - 1)) + " ";
      continue;
    }
    joined += line;
    if (!trim(joined).empty() && !trim(joined).starts_with('#')) out.push_back(joined);
    joined.clear();
  }
  if (!trim(joined).empty()) out.push_back(joined);
  return out;
}

/// Simple commands of a shell line: words, parted at ; & | and newlines outside quotes.
std::vector<std::vector<std::string>> simple_commands(std::string_view line) {
  std::vector<std::vector<std::string>> out(1);
  std::string word;
  char quote = 0;
  auto end_word = [&] {
    if (!word.empty()) out.back().push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      if (word.empty()) word = "";
    } else if (c == '#' && word.empty()) {
      break;
    } else if (c == ';' || c == '&' || c == '|' || c == '\n' || c == '(' || c == ')') {
      end_word();
      out.emplace_back();
    } else if (is_cell_blank(c)) {
      end_word();
    } else {
      word += c;
    }
  }
  end_word();
  return out;
}

bool installs(std::span<const std::string> words) {
  static constexpr std::array<std::string_view, 14> kBefore = {
      "sudo",  "then", "do", "else",    "time", "exec", "env",
      "nohup", "if",   "!",  "command", "yes",  "-E",   "-H"};
  static constexpr std::array<std::string_view, 16> kManagers = {
      "pip",  "pip2", "pip3", "conda", "mamba", "micromamba", "apt-get",      "apt",
      "brew", "yum",  "dnf",  "npm",   "pipx",  "apk",        "easy_install", "poetry"};
  std::size_t at = 0;
  while (at < words.size() && (is_one_of(words[at], kBefore) ||
                               (words[at].find('=') != std::string::npos && words[at][0] != '-')))
    ++at;
  if (at == words.size()) return false;
  std::string program(file_stem(words[at]));
  // python -m pip, {sys.executable} -m pip, uv pip
  const bool python = program.starts_with("python") || program.starts_with("{sys.executable}") ||
                      program.starts_with("$sys.executable") || program == "py";
  if (python) {
    const auto module = std::ranges::find(words.subspan(at), "-m");
    if (module == words.end() || module + 1 == words.end()) return false;
    at = static_cast<std::size_t>(module - words.begin()) + 1;
    program = words[at];
  } else if (program == "uv" && at + 1 < words.size() && words[at + 1] == "pip") {
    program = words[++at];
  }
  if (program.starts_with("pip3.")) program = "pip3";
  if (!is_one_of(program, kManagers)) return false;
  if (program == "easy_install") return at + 1 < words.size();
  const auto arguments = words.subspan(at + 1);
  if (std::ranges::find(arguments, "--dry-run") != arguments.end()) return false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "install" || word == "add" || (program == "npm" && word == "i"))
      return i + 1 < arguments.size() || program == "npm" || program == "poetry";
    if (!word.starts_with('-')) return false;
  }
  return false;
}

/// The text of the call that opens at `open`, up to its closing bracket.
std::string_view call_text(std::string_view source, std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    if (code[i] == '(') ++depth;
    if (code[i] == ')' && --depth == 0) return source.substr(open + 1, i - open - 1);
  }
  return source.substr(open + 1);
}

/// The words of string literals of a call, as one shell line: "['pip', 'install', x]" → pip install
/// x.
std::string words_of_call(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const std::size_t end = std::min(text.find(c, i + 1), text.size());
      out += std::string(text.substr(i + 1, end - i - 1)) + " ";
      i = end;
    } else if (is_word(c)) {
      std::size_t end = i;
      while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
      const auto name = text.substr(i, end - i);
      const bool prefix = end < text.size() && (text[end] == '"' || text[end] == '\'');
      if (name == "sys.executable")
        out += "python ";
      else if (!prefix && name != "shell" && name != "check")
        out += "argument ";
      i = end - 1;
    }
  }
  return out;
}

std::optional<std::string> by_subprocess(std::string_view source, std::string_view code) {
  static constexpr std::array<std::string_view, 11> kCalls = {"os.system",
                                                              "os.popen",
                                                              "subprocess.run",
                                                              "subprocess.call",
                                                              "subprocess.check_call",
                                                              "subprocess.check_output",
                                                              "subprocess.Popen",
                                                              "subprocess.getoutput",
                                                              "get_ipython().system",
                                                              "get_ipython().run_line_magic",
                                                              "check_call"};
  for (const auto name : kCalls) {
    const std::string call = std::string(name) + "(";
    for (std::size_t at = code.find(call); at != std::string_view::npos;
         at = code.find(call, at + 1)) {
      const std::string line = words_of_call(call_text(source, code, at + call.size() - 1));
      if (installs_packages(line)) return std::string(trim(line));
    }
  }
  for (const std::string_view call : {"pip.main(", "pip._internal.main(", "pipmain("}) {
    const std::size_t at = code.find(call);
    if (at == std::string_view::npos) continue;
    const std::string line = "pip " + words_of_call(call_text(source, code, at + call.size() - 1));
    if (installs_packages(line)) return std::string(trim(line));
  }
  return {};
}

}  // namespace

std::vector<std::string> shell_lines(std::string_view source) {
  switch (take_cell_magic(source)) {
    case Body::kShell: return lines_of_script(source);
    case Body::kOther: return {};
    case Body::kPython: break;
  }
  Scanner scanner(source);
  scanner.run();
  return scanner.take_lines();
}

std::string python_without_texts(std::string_view source) {
  const std::size_t whole = source.size();
  if (take_cell_magic(source) != Body::kPython) return std::string(whole, ' ');
  Scanner scanner(source);
  scanner.run();
  return std::string(whole - source.size(), ' ') + scanner.take_code();
}

std::string python_of_cell(std::string_view source) {
  const std::string_view whole = source;
  const Body body = take_cell_magic(source);
  std::string code(whole.substr(0, whole.size() - source.size()));
  if (body == Body::kPython) {
    Scanner scanner(source, true);
    scanner.run();
    for (char& c : code)
      if (c != '\n') c = ' ';
    return code + scanner.take_code();
  }
  code = whole;
  for (char& c : code)
    if (c != '\n') c = ' ';
  return code;
}

bool installs_packages(std::string_view shell_line) {
  for (const auto& words : simple_commands(shell_line))
    if (installs(words)) return true;
  return false;
}

std::optional<std::string> package_installation(std::string_view source,
                                                std::string_view language) {
  for (const auto& line : shell_lines(source))
    if (installs_packages(line)) return std::string(trim(line));
  const std::string code = python_without_texts(source);
  if (language == "r" || language == "julia") {
    for (const std::string_view call : {"install.packages(", "install_github(", "Pkg.add(",
                                        "BiocManager::install(", "pak::pkg_install("})
      if (code.find(call) != std::string::npos) return std::string(call) + "…)";
    return {};
  }
  return by_subprocess(source, code);
}

}  // namespace solvent::syntax
