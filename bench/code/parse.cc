/// code_bench_parse RUNS < LIST: parses the files of the list RUNS times, from memory, on one
/// thread. Prints bytes, files, nodes and tokens, then a line for each run: CPU seconds and seconds
/// of the wall.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

#include "syntax/python.h"

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int count, char** words) {
  const int runs = count > 1 ? std::atoi(words[1]) : 5;
  std::vector<std::string> sources;
  std::size_t bytes = 0;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    sources.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    bytes += sources.back().size();
  }
  solvent::syntax::python::Tree tree;
  for (int run = 0; run < runs; ++run) {
    std::size_t nodes = 0, tokens = 0, lines = 0;
    const double cpu = cpu_seconds();
    const auto began = std::chrono::steady_clock::now();
    for (const std::string& source : sources) {
      solvent::syntax::python::parse(source, tree);
      nodes += tree.size();
      tokens += tree.tokens().size();
      lines += tree.lines();
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    const double used = cpu_seconds() - cpu;
    if (run == 0) {
      std::printf("%zu bytes, %zu files, %zu lines, %zu tokens, %zu nodes\n", bytes, sources.size(),
                  lines, tokens, nodes);
    }
    std::printf("run %.4f %.4f\n", used, wall.count());
  }
  return 0;
}
