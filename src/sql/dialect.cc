#include "sql/dialect.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "base/text.h"

namespace solvent::sql {
namespace {

enum class Kind : std::uint8_t { kWord, kNumber, kString, kQuoted, kParameter, kSymbol };

struct Token {
  Kind kind = Kind::kSymbol;
  std::string_view text;
  std::string upper;       ///< of a word
  std::size_t before = 0;  ///< offset of the blank before it, for keeping the layout
  int depth = 0;           ///< open parentheses before it
  std::size_t number = 0;  ///< of a parameter
};

Unexpected outside(std::string_view what, std::string_view sql) {
  return fail(Code::kInternal, "statement leaves the common SQL subset: " + std::string(what),
              "src/sql/README.md lists the subset", std::string(sql.substr(0, 200)));
}

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_word_start(c) || is_digit(c);
}
bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

std::string upper_ascii(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return upper;
}

/// Cuts SQL into tokens; comments count as blank.
class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    std::size_t before = 0;
    for (;;) {
      TRY(skip_blank());
      if (at_ >= sql_.size()) return tokens;
      Token token = TRY(next());
      token.before = before;
      before = at_;
      token.depth = depth_;
      if (token.text == "(") ++depth_;
      if (token.text == ")" && --depth_ < 0) return outside("unbalanced parenthesis", sql_);
      if (token.text == ")") token.depth = depth_;
      tokens.push_back(std::move(token));
    }
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  Result<void> skip_blank() {
    for (;;) {
      if (is_blank(peek()) && at_ < sql_.size()) {
        ++at_;
      } else if (peek() == '-' && peek(1) == '-') {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        const std::size_t end = sql_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return outside("unterminated comment", sql_);
        at_ = end + 2;
      } else {
        return {};
      }
    }
  }

  Result<Token> next() {
    const std::size_t start = at_;
    Token token;
    const char c = peek();
    if (is_word_start(c)) {
      while (at_ < sql_.size() && is_word(peek())) ++at_;
      token.kind = Kind::kWord;
      if (peek() == '\'') return outside("prefixed string literal; pass a parameter", sql_);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      while (is_word(peek()) || peek() == '.') ++at_;
      token.kind = Kind::kNumber;
    } else if (c == '\'' || c == '"') {
      TRY(skip_quoted(c));
      token.kind = c == '"' ? Kind::kQuoted : Kind::kString;
    } else if (c == '$') {
      ++at_;
      while (is_digit(peek())) ++at_;
      const auto digits = sql_.substr(start + 1, at_ - start - 1);
      std::from_chars(digits.data(), digits.data() + digits.size(), token.number);
      if (digits.empty() || digits.size() > 5 || token.number == 0 || is_word(peek())) {
        return outside("parameters are $1, $2, …", sql_);
      }
      token.kind = Kind::kParameter;
    } else {
      static constexpr std::string_view kSymbols = "(),.;+-*/%<>=|!";
      if (kSymbols.find(c) == std::string_view::npos) {
        return outside(std::string("character ") + c, sql_);
      }
      ++at_;
      if (c == '=' && peek() == '=') return outside("== (write =)", sql_);
    }
    token.text = sql_.substr(start, at_ - start);
    if (token.kind == Kind::kWord) token.upper = upper_ascii(token.text);
    return token;
  }

  Result<void> skip_quoted(char quote) {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (peek() == '\0') return outside("NUL in a literal", sql_);
      if (peek() != quote) continue;
      if (peek(1) != quote) {
        ++at_;
        return {};
      }
      ++at_;
    }
    return outside("unterminated literal", sql_);
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

/// Words that one engine lacks, or reads differently; quote one to use it as a name.
constexpr std::array kForbidden = std::to_array<std::string_view>(
    {"AUTOINCREMENT", "BYTEA", "COLLATE", "DEFERRABLE", "GLOB", "ILIKE", "PRAGMA", "REAL", "REGEXP",
     "SERIAL", "BIGSERIAL", "WITHOUT", "STRICT", "UNLOGGED", "NATURAL", "SIMILAR"});
constexpr std::array kForbiddenTypes = std::to_array<std::string_view>(
    {"INT", "INTEGER", "SMALLINT", "VARCHAR", "CHAR", "BOOLEAN", "BOOL", "NUMERIC", "DECIMAL",
     "TIMESTAMP", "TIMESTAMPTZ", "DATE", "JSON", "JSONB", "UUID", "FLOAT"});

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// kDefine and friends from the first word; WITH is looked through.
Result<Verb> verb_of(const std::vector<Token>& tokens, std::string_view sql) {
  const auto simple = [](std::string_view word) -> std::optional<Verb> {
    if (word == "SELECT" || word == "VALUES") return Verb::kSelect;
    if (word == "INSERT") return Verb::kInsert;
    if (word == "UPDATE") return Verb::kUpdate;
    if (word == "DELETE") return Verb::kDelete;
    return std::nullopt;
  };
  const std::string& first = tokens.front().upper;
  if (first == "CREATE" || first == "ALTER" || first == "DROP") return Verb::kDefine;
  if (const auto verb = simple(first)) return *verb;
  if (first == "WITH") {
    for (const Token& token : tokens) {
      if (token.depth != 0 || token.kind != Kind::kWord) continue;
      if (const auto verb = simple(token.upper)) return *verb;
    }
  }
  return outside(
      "a statement starts with SELECT, VALUES, WITH, INSERT, UPDATE, DELETE, CREATE, "
      "ALTER or DROP",
      sql);
}

Result<void> check_tokens(const std::vector<Token>& tokens, Verb verb, std::string_view sql) {
  std::vector<bool> seen;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.text == ";") return outside("one statement at a time", sql);
    if (token.kind == Kind::kParameter) {
      seen.resize(std::max(seen.size(), token.number));
      seen[token.number - 1] = true;
    }
    if (token.kind != Kind::kWord) continue;
    if (is_one_of(kForbidden, token.upper)) return outside(token.text, sql);
    const bool after_word =
        i > 0 && (tokens[i - 1].kind == Kind::kWord || tokens[i - 1].kind == Kind::kQuoted);
    const bool in_cast = i > 0 && tokens[i - 1].upper == "AS";
    if (verb == Verb::kDefine && after_word && !in_cast && token.depth <= 1 &&
        is_one_of(kForbiddenTypes, token.upper)) {
      return outside("column type " + std::string(token.text), sql);
    }
    if (token.upper == "IS" && i > 0 && tokens[i - 1].kind == Kind::kParameter) {
      return outside("$1 IS NULL, which has no type (write CAST($1 AS BIGINT) IS NULL)", sql);
    }
    if (token.upper == "OR" && i > 0 && tokens[i - 1].upper == "INSERT") {
      return outside("INSERT OR (write ON CONFLICT)", sql);
    }
  }
  if (std::find(seen.begin(), seen.end(), false) != seen.end()) {
    return outside("parameters are numbered without gaps", sql);
  }
  if (!seen.empty() && verb == Verb::kDefine) return outside("parameters in a definition", sql);
  return {};
}

/// Whether token `i` names the type of a column being defined: CREATE TABLE t (here) or ALTER
/// TABLE.
bool is_column_type(const std::vector<Token>& tokens, std::size_t i, int depth) {
  if (i == 0 || tokens[i].kind != Kind::kWord || tokens[i].depth != depth) return false;
  const Token& previous = tokens[i - 1];
  return (previous.kind == Kind::kWord && previous.upper != "AS") || previous.kind == Kind::kQuoted;
}

/// The engine's word for token `i`, or nothing when it stays as written.
std::optional<std::string_view> engine_word(const std::vector<Token>& tokens, std::size_t i,
                                            int column_depth, Dialect dialect) {
  const std::string& word = tokens[i].upper;
  const bool in_cast =
      i > 0 && i + 1 < tokens.size() && tokens[i - 1].upper == "AS" && tokens[i + 1].text == ")";
  const bool column = column_depth >= 0 && is_column_type(tokens, i, column_depth);
  if (dialect == Dialect::kPostgres) {
    if (word == "BLOB" && (column || in_cast)) return "BYTEA";
    if (word == "TEXT" && column) return "TEXT COLLATE \"C\"";
    return std::nullopt;
  }
  if (!column) return std::nullopt;
  if (word == "BIGINT") return "INTEGER";
  if (word == "DOUBLE") return "REAL";
  if (word == "PRECISION" && tokens[i - 1].upper == "DOUBLE") return "";
  return std::nullopt;
}

}  // namespace

Result<Statement> translate(std::string_view sql, Dialect dialect) {
  std::vector<Token> tokens = TRY(Lexer(sql).run());
  if (!tokens.empty() && tokens.back().text == ";") tokens.pop_back();
  if (tokens.empty()) return outside("empty statement", sql);
  Statement statement;
  statement.verb = TRY(verb_of(tokens, sql));
  TRY(check_tokens(tokens, statement.verb, sql));

  const auto word_at = [&](std::size_t i) {
    return i < tokens.size() ? std::string_view(tokens[i].upper) : std::string_view();
  };
  const bool creates_table = word_at(0) == "CREATE" && word_at(1) == "TABLE";
  const bool alters_table = word_at(0) == "ALTER" && word_at(1) == "TABLE";
  if (word_at(0) == "CREATE" && !creates_table && word_at(1) != "INDEX" && word_at(1) != "UNIQUE") {
    return outside("CREATE is for TABLE, INDEX and UNIQUE INDEX", sql);
  }
  if (creates_table && tokens.back().text != ")") return outside("CREATE TABLE … AS", sql);
  const int column_depth = creates_table ? 1 : alters_table ? 0 : -1;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const std::size_t start = static_cast<std::size_t>(token.text.data() - sql.data());
    statement.parameters = std::max(statement.parameters, token.number);
    if (start > token.before) statement.text += i == 0 ? "" : " ";
    if (token.kind == Kind::kWord) {
      if (const auto word = engine_word(tokens, i, column_depth, dialect)) {
        statement.text += *word;
        continue;
      }
    }
    statement.text += token.text;
  }
  if (creates_table && dialect == Dialect::kSqlite) statement.text += " STRICT";
  return statement;
}

Result<std::vector<std::string>> split_statements(std::string_view script) {
  const std::vector<Token> tokens = TRY(Lexer(script).run());
  std::vector<std::string> statements;
  const char* start = nullptr;
  const auto finish = [&](const char* end) {
    if (start != nullptr) statements.emplace_back(start, end);
    start = nullptr;
  };
  for (const Token& token : tokens) {
    if (token.text == ";" && token.depth == 0) {
      finish(token.text.data());
    } else if (start == nullptr) {
      start = token.text.data();
    }
  }
  if (start != nullptr) finish(tokens.back().text.data() + tokens.back().text.size());
  return statements;
}

std::string quote_identifier(std::string_view name) {
  return '"' + replace_all(std::string(name), "\"", "\"\"") + '"';
}

}  // namespace solvent::sql
