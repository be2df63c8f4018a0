/// What a notebook's code cell tells a shell to do: `!` and `%` lines, cell magics, subprocesses.
/// Pure; total over any text. IPython's rules: https://ipython.readthedocs.io (magics, system
/// shell).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace solvent::syntax {

/// Shell lines that a cell runs by `!`, `%pip` and its like, automagic, or a shell cell magic. What
/// stands in comments or strings is not run.
std::vector<std::string> shell_lines(std::string_view source);

/// Python with every comment and every string's inside blanked, of equal length; lines that are
/// handed to a shell are blanked whole.
std::string python_without_texts(std::string_view source);

/// The cell as Python, of equal length and lines: what is handed to a shell or a magic is `pass` or
/// blank, what `%time` runs stands where that stood, a cell in another language is blank.
std::string python_of_cell(std::string_view source);

/// Whether a shell line runs a package manager's installation ("pip install", "conda install",
/// "apt-get install", …) as a command, not as an argument of another one.
bool installs_packages(std::string_view shell_line);

/// The first command of the cell that installs packages, by shell, magic, subprocess or the
/// language's own call (install.packages in R, Pkg.add in Julia). `language` as in Notebook.
std::optional<std::string> package_installation(std::string_view source, std::string_view language);

}  // namespace solvent::syntax
