/// What tests/parity/python compares with CPython: solvent_python_trees digests|dumps < LIST. LIST
/// has one path a line; an answer is `path<TAB>sha256 of the dump, or !error`, or the dump itself.
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/digest.h"
#include "syntax/python_dump.h"

int main(int count, char** words) {
  using namespace solvent;
  const bool digests = count == 2 && std::string_view(words[1]) == "digests";
  syntax::python::Tree tree;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::cerr << "cannot read " << path << '\n';
      return 2;
    }
    const std::string source{std::istreambuf_iterator<char>(file), {}};
    syntax::python::parse(source, tree);
    std::string answer;
    if (tree.errors().empty() || !digests) answer = dump(tree);
    if (digests) answer = tree.errors().empty() ? sha256_of(as_bytes(answer)).hex() : "";
    if (digests) std::cout << path << '\t';
    for (const auto& error : tree.errors()) {
      const auto place = tree.place(error.begin);
      std::cout << '!' << place.line << ':' << place.column << ' ' << error.message
                << (digests ? ' ' : '\n');
    }
    std::cout << answer << '\n';
  }
  return 0;
}
