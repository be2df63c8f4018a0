#include <algorithm>

#include "base/text.h"
#include "remedies/code/source_checks.h"
#include "syntax/cell_commands.h"
#include "syntax/notebook.h"

namespace solvent::remedies::code {
namespace {

using syntax::Cell;
using syntax::CellKind;
using syntax::Notebook;

constexpr std::string_view kNeverRun = "code/notebook-never-run";
constexpr std::string_view kOutOfOrder = "code/notebook-out-of-order";
constexpr std::string_view kInstalls = "code/notebook-installs-packages";
constexpr std::string_view kStudy =
    "Pimentel, Murta, Braganholo, Freire, A Large-Scale Study About Quality and Reproducibility of "
    "Jupyter Notebooks, MSR 2019";

/// nbconvert takes names for globs, so some cannot be given to it.
bool has_glob(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

bool is_written_code(const Cell& cell) {
  return cell.kind == CellKind::kCode && !trim(cell.source).empty();
}

/// Runs `look` over every notebook of the tree that can be read.
template <class Look>
Result<check::Answer> each_notebook(const check::Input& input, Look look) {
  const auto& tree = *std::get<const check::SourceTree*>(input);
  check::Answer answer;
  for (const auto* file : own_files(tree)) {
    if (!file->path.ends_with(".ipynb")) continue;
    const auto text = tree.text(*file);
    if (!text) {
      add_failure(answer, file->path, text.error());
      continue;
    }
    const auto notebook = syntax::read_notebook(*text);
    if (!notebook) {
      add_failure(answer, file->path, notebook.error());
      continue;
    }
    answer.examinations.push_back({.subject = file->path});
    look(file->path, *notebook, answer);
  }
  return answer;
}

std::string all_code(const Notebook& notebook) {
  std::string out;
  for (const Cell& cell : notebook.cells)
    if (cell.kind == CellKind::kCode) out += cell.source + "\n";
  return out;
}

void look_never_run(const std::string& path, const Notebook& notebook, check::Answer& answer) {
  std::int64_t written = 0;
  for (const Cell& cell : notebook.cells) {
    if (cell.kind == CellKind::kCode && (cell.execution_count || cell.outputs > 0)) return;
    written += is_written_code(cell);
  }
  if (written == 0) return;
  Json evidence;
  evidence.set("code_cells", written);
  add_finding(answer, {.check = std::string(kNeverRun),
                       .subject = path,
                       .location = {.path = path},
                       .message = "none of the " + std::to_string(written) +
                                  " code cells has an execution count or an output",
                       .evidence = std::move(evidence),
                       .fingerprint = check::content_fingerprint(kNeverRun, all_code(notebook)),
                       .by_hand = has_glob(path)});
}

void look_out_of_order(const std::string& path, const Notebook& notebook, check::Answer& answer) {
  std::int64_t last = INT64_MIN, breaks = 0, counted = 0, cell_number = 0;
  std::size_t last_cell = 0;
  check::Finding finding{.check = std::string(kOutOfOrder), .subject = path};
  for (std::size_t i = 0; i < notebook.cells.size(); ++i) {
    const Cell& cell = notebook.cells[i];
    if (!is_written_code(cell) || !cell.execution_count) continue;
    ++counted;
    if (*cell.execution_count <= last && ++breaks == 1) {
      cell_number = static_cast<std::int64_t>(i + 1);
      finding.location = {.path = path, .line = cell.line, .cell = cell_number};
      finding.message = "cell " + std::to_string(cell_number) + " ran as number " +
                        std::to_string(*cell.execution_count) + ", cell " +
                        std::to_string(last_cell) + " above it as number " + std::to_string(last);
    }
    last = *cell.execution_count;
    last_cell = i + 1;
  }
  if (breaks == 0) return;
  finding.evidence.set("cell", cell_number);
  finding.evidence.set("descents", breaks);
  finding.evidence.set("counted_cells", counted);
  finding.fingerprint = check::content_fingerprint(kOutOfOrder, all_code(notebook));
  finding.by_hand = has_glob(path);
  add_finding(answer, std::move(finding));
}

void look_installs(const std::string& path, const Notebook& notebook, check::Answer& answer) {
  for (std::size_t i = 0; i < notebook.cells.size(); ++i) {
    const Cell& cell = notebook.cells[i];
    if (!is_written_code(cell)) continue;
    const auto command = syntax::package_installation(cell.source, notebook.language);
    if (!command) continue;
    const std::string number = std::to_string(i + 1);
    Json evidence;
    evidence.set("command", command->substr(0, 200));
    add_finding(
        answer,
        {.check = std::string(kInstalls),
         .subject = path,
         .item = number,
         .location = {.path = path, .line = cell.line, .cell = static_cast<std::int64_t>(i + 1)},
         .message = "cell " + number + " installs packages: " + command->substr(0, 80),
         .evidence = std::move(evidence),
         .fingerprint = check::content_fingerprint(kInstalls, cell.source),
         .context = i > 0 ? check::context_digest(notebook.cells[i - 1].source, 1) : ""});
  }
}

}  // namespace

check::Check notebook_never_run() {
  return {
      .spec = {.id = std::string(kNeverRun),
               .title = "Notebook never run",
               .question = "Is this a notebook with code, of which no cell has ever been run as "
                           "far as the file says?",
               .source = std::string(kStudy),
               .debt_kind = "notebooks",
               .principal = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
               .principal_each = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
               .interest_month = {.p10_s = 30, .p50_s = 180, .p90_s = 1'200},
               .prior_source =
                   "our estimate: running it once and repairing what fails; Pimentel et "
                   "al. saw 24 % of notebooks run without error; nothing is "
                   "measured yet",
               .fix = "jupyter nbconvert --to notebook --execute --inplace {subject}",
               .advice = "Run it from top to bottom and commit the result, or remove it."},
      .run = [](const check::Input& input, const Json&, TimeUs) {
        return each_notebook(input, look_never_run);
      }};
}

check::Check notebook_out_of_order() {
  return {
      .spec = {.id = std::string(kOutOfOrder),
               .title = "Notebook run out of order",
               .question = "Do the recorded execution counts fall somewhere from top to bottom, so "
                           "that running it top to bottom is not what gave its outputs?",
               .source = std::string(kStudy),
               .debt_kind = "notebooks",
               .principal = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
               .principal_each = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
               .interest_month = {.p10_s = 60, .p50_s = 300, .p90_s = 2'400},
               .prior_source = "our estimate: running it again and explaining what differs; "
                               "Pimentel et al. saw 4 % give the same results; nothing is "
                               "measured yet",
               .fix = "jupyter nbconvert --to notebook --execute --inplace {subject}",
               .advice = "Restart the kernel, run all cells from the top, and repair what breaks."},
      .run = [](const check::Input& input, const Json&, TimeUs) {
        return each_notebook(input, look_out_of_order);
      }};
}

check::Check notebook_installs_packages() {
  return {
      .spec = {.id = std::string(kInstalls),
               .title = "Notebook installs packages",
               .question = "Does this cell install packages into whatever environment it runs in?",
               .source = std::string(kStudy) + "; IPython documentation, magics %pip and %conda",
               .debt_kind = "reproducibility",
               .principal = {.p10_s = 180, .p50_s = 600, .p90_s = 3'600},
               .principal_each = {.p10_s = 60, .p50_s = 180, .p90_s = 900},
               .interest_month = {.p10_s = 30, .p50_s = 240, .p90_s = 1'800},
               .prior_source = "our estimate: moving the line into a requirements file and "
                               "rebuilding the environment; nothing is measured yet",
               .advice = "Move the packages into requirements.txt with exact versions, install "
                         "them before the kernel starts, and remove the cell."},
      .run = [](const check::Input& input, const Json&, TimeUs) {
        return each_notebook(input, look_installs);
      }};
}

}  // namespace solvent::remedies::code
