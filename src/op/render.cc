#include "op/render.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/money.h"
#include "base/text.h"

namespace solvent::op {
namespace {

constexpr std::size_t kColumnMin = 8;
constexpr std::string_view kGap = "  ";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string label_of(std::string_view name) {
  return replace_all(std::string(name), "_", " ");
}

/// Foreign text on one line, without anything that a terminal would act upon.
std::string safe_text(std::string_view text) {
  std::string out;
  const std::string clean = sanitize_utf8(text);
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const auto byte = static_cast<unsigned char>(clean[i]);
    const bool c1 =
        byte == 0xc2 && i + 1 < clean.size() && static_cast<unsigned char>(clean[i + 1]) < 0xa0;
    if (byte == '\n' || byte == '\t' || byte == '\r') {
      out += ' ';
    } else if (byte < 0x20 || byte == 0x7f || c1) {
      out += "\xef\xbf\xbd";
      if (c1) ++i;
    } else {
      out += clean[i];
    }
  }
  return out;
}

std::string format_ratio(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f", 100 * value);
  std::string out = text;
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out + "%";
}

std::string format_duration(double us) {
  char text[48];
  if (us < 1'000)
    std::snprintf(text, sizeof text, "%.0f µs", us);
  else if (us < 1'000'000)
    std::snprintf(text, sizeof text, "%.0f ms", us / 1'000);
  else if (us < 60e6)
    std::snprintf(text, sizeof text, "%.1f s", us / 1e6);
  else
    return format_labour(static_cast<std::int64_t>(us / 1e6));
  return text;
}

std::string format_when(std::int64_t time) {
  if (time == 0) return "-";
  if (time % kDayUs == 0) return format_date(time);
  const std::string full = format_time(time);  // 2026-11-24T02:07:27.000000Z
  return replace_all(full.substr(0, full.find(':', full.find(':') + 1)), "T", " ");
}

std::string format_number(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string format_int(std::int64_t value, Unit unit, std::string_view currency) {
  switch (unit) {
    case Unit::kTime: return format_when(value);
    case Unit::kLabourSeconds: return format_labour(value);
    case Unit::kMoneyMinor:
      return currency.empty() ? with_thousands(value) : format_money(value, currency);
    case Unit::kBytes:
      return value < 0 ? std::to_string(value) : format_bytes(static_cast<std::uint64_t>(value));
    case Unit::kRatio: return format_ratio(static_cast<double>(value));
    case Unit::kDurationUs: return format_duration(static_cast<double>(value));
    default: break;
  }
  // Years and small ids stay as they are.
  return value > -10'000 && value < 10'000 ? std::to_string(value) : with_thousands(value);
}

bool is_right_aligned(const FieldSpec& field) {
  if (field.list || field.options.unit == Unit::kTime) return false;
  return field.type == FieldType::kInt || field.type == FieldType::kNumber;
}

bool is_table(const FieldSpec& field) {
  return field.list && field.type == FieldType::kStruct;
}
bool is_block(const FieldSpec& field) {
  return !field.list && field.type == FieldType::kStruct;
}

std::string pad(const std::string& text, std::size_t width, bool right) {
  const std::size_t have = display_width(text);
  const std::string space(width > have ? width - have : 0, ' ');
  return right ? space + text : text + space;
}

/// The first (or, for paths, the last) columns of the text, with "…" where it was cut.
std::string cut(const std::string& text, std::size_t width, bool keep_end) {
  if (display_width(text) <= width) return text;
  if (width == 0) return "";
  const auto is_inner = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
  };
  if (keep_end) {
    std::size_t from = 0;
    do {
      ++from;
      while (is_inner(from)) ++from;
    } while (display_width(std::string_view(text).substr(from)) > width - 1);
    return "…" + text.substr(from);
  }
  std::size_t end = text.size();
  do {
    --end;
    while (is_inner(end)) --end;
  } while (display_width(std::string_view(text).substr(0, end)) > width - 1);
  return text.substr(0, end) + "…";
}

struct Column {
  const FieldSpec* field;
  std::vector<std::string> cells;
  std::size_t width = 0;
  bool shrinks() const {
    return !is_right_aligned(*field) && field->options.unit != Unit::kTime &&
           field->options.unit != Unit::kCommand;
  }
};

/// Takes columns away from the widest texts until the row fits or nothing more can shrink.
void fit(std::vector<Column>& columns, std::size_t width) {
  std::size_t total = kGap.size() * (columns.size() - 1);
  for (const Column& column : columns) total += column.width;
  while (width > 0 && total > width) {
    Column* widest = nullptr;
    for (Column& column : columns)
      if (column.shrinks() && column.width > kColumnMin &&
          (widest == nullptr || column.width > widest->width))
        widest = &column;
    if (widest == nullptr) return;
    --widest->width;
    --total;
  }
}

class Renderer {
 public:
  explicit Renderer(const RenderOptions& options) : options_(options) {}

  void object(const Json& value, const StructSpec& spec, std::size_t indent,
              const std::string& outer_currency) {
    const std::string currency = value.text_or("currency", outer_currency);
    scalars(value, spec, indent, currency);
    for (const FieldSpec& field : spec.fields) {
      const Json* member = value.find(field.name);
      if (member == nullptr || (!is_block(field) && !is_table(field))) continue;
      if (!out_.empty() && !out_.ends_with("\n\n")) out_ += "\n";
      if (is_block(field) && member->is_object()) {
        heading(field, indent);
        object(*member, *field.nested, indent + 2, currency);
      } else if (is_table(field) && member->is_array()) {
        if (spec.fields.size() > 1) heading(field, indent);
        table(member->array(), *field.nested, indent, currency);
      }
    }
  }

  std::string take() && { return std::move(out_); }

 private:
  void heading(const FieldSpec& field, std::size_t indent) {
    line(indent, bold(label_of(field.name)));
  }

  std::string bold(const std::string& text) const {
    return options_.colour ? std::string(kBold) + text + std::string(kPlain) : text;
  }

  void line(std::size_t indent, const std::string& text) {
    std::string row = std::string(indent, ' ') + text;
    row.resize(row.find_last_not_of(' ') + 1);
    out_ += row + "\n";
  }

  void scalars(const Json& value, const StructSpec& spec, std::size_t indent,
               const std::string& currency) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::size_t label_width = 0;
    for (const FieldSpec& field : spec.fields) {
      const Json* member = value.find(field.name);
      if (member == nullptr || is_block(field) || is_table(field)) continue;
      std::string text = render_value(*member, field, currency);
      if (text.empty()) continue;
      rows.emplace_back(label_of(field.name) + ":", std::move(text));
      label_width = std::max(label_width, display_width(rows.back().first));
    }
    for (const auto& [label, text] : rows)
      line(indent, bold(label) + std::string(label_width - display_width(label), ' ') +
                       std::string(kGap) + text);
  }

  void table(const JsonArray& rows, const StructSpec& spec, std::size_t indent,
             const std::string& currency) {
    if (rows.empty()) return line(indent, "(none)");
    std::vector<Column> columns;
    for (const FieldSpec& field : spec.fields) {
      if (is_block(field) || is_table(field) || (field.options.wide && !options_.wide)) continue;
      columns.push_back(column_of(rows, field, currency));
      // A column without anything in it says nothing.
      if (std::ranges::all_of(columns.back().cells, [](const auto& c) { return c.empty(); }))
        columns.pop_back();
    }
    if (columns.empty()) return line(indent, std::to_string(rows.size()) + " rows");
    fit(columns, options_.width == 0           ? 0
                 : options_.width > indent + 1 ? options_.width - indent
                                               : 1);
    std::string head;
    for (const Column& column : columns)
      head += pad(cut(label_of(column.field->name), column.width, false), column.width,
                  is_right_aligned(*column.field)) +
              std::string(kGap);
    head.resize(head.find_last_not_of(' ') + 1);
    line(indent, bold(head));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::string text;
      for (const Column& column : columns)
        text += pad(cut(column.cells[row], column.width, column.field->options.unit == Unit::kPath),
                    column.width, is_right_aligned(*column.field)) +
                std::string(kGap);
      line(indent, text);
    }
  }

  static Column column_of(const JsonArray& rows, const FieldSpec& field,
                          const std::string& outer_currency) {
    Column column{.field = &field, .cells = {}};
    column.width = display_width(label_of(field.name));
    for (const Json& row : rows) {
      const Json* member = row.find(field.name);
      column.cells.push_back(
          member == nullptr
              ? ""
              : render_value(*member, field, row.text_or("currency", outer_currency)));
      column.width = std::max(column.width, display_width(column.cells.back()));
    }
    return column;
  }

  const RenderOptions& options_;
  std::string out_;
};

std::string render_list(const Json& value, FieldSpec field, std::string_view currency) {
  field.list = false;
  std::vector<std::string> parts;
  for (const Json& item : value.array()) parts.push_back(render_value(item, field, currency));
  return join(parts, ", ");
}

}  // namespace

std::string render_value(const Json& value, const FieldSpec& field, std::string_view currency) {
  if (value.is_null()) return "";
  if (field.options.unit == Unit::kSecret && !field.options.shown_once)
    return value.is_string() && value.string().empty() ? "" : "(set)";
  if (field.list && value.is_array()) return render_list(value, field, currency);
  if (value.is_bool()) return value.boolean() ? "yes" : "no";
  if (value.is_int()) return format_int(value.integer(), field.options.unit, currency);
  if (value.is_double()) {
    const double number = value.number();
    if (field.options.unit == Unit::kNone) return format_number(number);
    if (field.options.unit == Unit::kRatio) return format_ratio(number);
    if (std::abs(number) > 9e15) return format_number(number);
    return format_int(std::llround(number), field.options.unit, currency);
  }
  if (value.is_string()) {
    const bool digest = field.options.unit == Unit::kDigest;
    return safe_text(digest ? value.string().substr(0, 12) : value.string());
  }
  return safe_text(to_text(value));
}

std::string render(const Json& result, const StructSpec& spec, const RenderOptions& options) {
  if (!result.is_object()) return safe_text(to_text(result)) + "\n";
  Renderer renderer(options);
  renderer.object(result, spec, 0, "");
  return std::move(renderer).take();
}

}  // namespace solvent::op
