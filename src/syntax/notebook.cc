#include "syntax/notebook.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace solvent::syntax {
namespace {

constexpr std::string_view kHint = "open it in Jupyter and save it again, or remove it";

Unexpected broken(std::string what) {
  return fail(Code::kInvalidArgument, "not a notebook: " + std::move(what), std::string(kHint));
}

/// nbformat's multiline string: one string, or a list of strings to be joined.
Result<std::string> multiline(const Json* value, std::string_view field) {
  if (value == nullptr) return broken("a cell has no " + std::string(field));
  if (value->is_string()) return value->string();
  if (!value->is_array()) return broken(std::string(field) + " is neither text nor lines");
  std::string out;
  for (const Json& line : value->array()) {
    if (!line.is_string()) return broken(std::string(field) + " has a line that is no text");
    out += line.string();
  }
  return out;
}

CellKind kind_of(std::string_view type) {
  if (type == "code") return CellKind::kCode;
  return type == "markdown" ? CellKind::kMarkdown : CellKind::kOther;
}

Result<Cell> read_cell(const Json& json, std::int64_t format) {
  if (!json.is_object()) return broken("a cell is no object");
  const Json* type = json.find("cell_type");
  if (type == nullptr || !type->is_string()) return broken("a cell has no cell_type");
  Cell cell{.kind = kind_of(type->string())};
  const bool code = cell.kind == CellKind::kCode;
  const char* source = code && format < 4 ? "input" : "source";
  cell.source = TRY(multiline(json.find(source), source));
  if (!code) return cell;
  const Json* count = json.find(format < 4 ? "prompt_number" : "execution_count");
  if (count != nullptr && !count->is_null()) {
    // Old front ends wrote "*" or "&nbsp;" for a cell that was still running.
    if (!count->is_int() && !(format < 4 && count->is_string()))
      return broken("an execution count is no whole number");
    if (count->is_int()) cell.execution_count = count->integer();
  }
  if (const Json* outputs = json.find("outputs"); outputs != nullptr && !outputs->is_null()) {
    if (!outputs->is_array()) return broken("outputs are no list");
    cell.outputs = static_cast<std::int64_t>(outputs->array().size());
  }
  return cell;
}

Result<void> read_cells(const Json* cells, Notebook& out) {
  if (cells == nullptr || !cells->is_array()) return broken("it has no list of cells");
  for (const Json& json : cells->array()) out.cells.push_back(TRY(read_cell(json, out.format)));
  return {};
}

std::string language_of(const Json& json) {
  const Json* metadata = json.find("metadata");
  if (metadata == nullptr) return {};
  for (const auto& [holder, field] :
       {std::pair{"language_info", "name"}, std::pair{"kernelspec", "language"}}) {
    const Json* place = metadata->find(holder);
    if (place == nullptr) continue;
    if (std::string name = place->text_or(field, ""); !name.empty()) return lower_ascii(name);
  }
  return {};
}

/// Walks JSON that is known to be well formed and notes where each element of an array called
/// "cells" begins, if that array stands where cells stand: in the document, or in a worksheet.
class CellLines {
 public:
  explicit CellLines(std::string_view text) : text_(text) {}

  std::vector<std::int64_t> find() {
    for (at_ = 0; at_ < text_.size(); ++at_) step(text_[at_]);
    return lines_;
  }

 private:
  struct Level {
    char opener;
    std::string key;    ///< under which it stands
    bool value = true;  ///< the next token opens an element of this array
  };

  bool in_cells() const {
    if (levels_.empty() || levels_.back().opener != '[' || levels_.back().key != "cells")
      return false;
    return levels_.size() == 2 ||
           (levels_.size() == 4 && levels_[1].opener == '[' && levels_[1].key == "worksheets");
  }

  void step(char c) {
    if (c == '\n') ++line_;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return;
    if (!levels_.empty() && levels_.back().value && levels_.back().opener == '[' && c != ']') {
      levels_.back().value = false;
      if (in_cells()) lines_.push_back(line_);
    }
    if (c == '"') return string();
    if (c == '{' || c == '[') {
      levels_.push_back({c, std::exchange(key_, {})});
    } else if (c == '}' || c == ']') {
      if (!levels_.empty()) levels_.pop_back();
    } else if (c == ',') {
      if (!levels_.empty()) levels_.back().value = true;
      key_.clear();
    }
  }

  void string() {
    const std::size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    key_ = text_.substr(start, std::min<std::size_t>(at_ - start, 16));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::string key_;
  std::vector<Level> levels_;
  std::vector<std::int64_t> lines_;
};

}  // namespace

Result<Notebook> read_notebook(std::string_view text, NotebookLimits limits) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  auto json = parse_json(text, {.depth_max = limits.depth_max, .bytes_max = limits.bytes_max});
  if (!json) return Unexpected(std::move(json).error().with_hint(std::string(kHint)));
  if (!json->is_object()) return broken("it is no JSON object");
  const Json* format = json->find("nbformat");
  if (format == nullptr || !format->is_int()) return broken("nbformat is missing");
  Notebook out{.format = format->integer(), .language = language_of(*json)};
  if (out.format < 2 || out.format > 4)
    return broken("nbformat " + std::to_string(out.format) + " is not 2, 3 or 4");
  if (out.format == 4) {
    TRY(read_cells(json->find("cells"), out));
  } else {
    const Json* sheets = json->find("worksheets");
    if (sheets == nullptr || !sheets->is_array()) return broken("it has no worksheets");
    for (const Json& sheet : sheets->array()) TRY(read_cells(sheet.find("cells"), out));
  }
  const auto lines = CellLines(text).find();
  // A document that says "cells" twice has more lines than cells; the last say counts.
  if (lines.size() >= out.cells.size()) {
    const std::size_t skip = lines.size() - out.cells.size();
    for (std::size_t i = 0; i < out.cells.size(); ++i) out.cells[i].line = lines[skip + i];
  }
  return out;
}

}  // namespace solvent::syntax
