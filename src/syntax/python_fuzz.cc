/// Foreign bytes as Python: a tree, always. Every node stands inside the text and inside its
/// parent, in the order of its siblings; reading the same again gives the same.
#include <cstdlib>
#include <cstring>

#include "syntax/python.h"

namespace {

using solvent::syntax::python::Kind;
using solvent::syntax::python::Node;
using solvent::syntax::python::NodeId;
using solvent::syntax::python::Tree;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_nodes(const Tree& tree) {
  std::vector<NodeId> open{tree.root()};
  std::size_t seen = 0;
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    require(++seen <= tree.size());  // nothing is linked twice
    const Node& parent = tree[id];
    require(parent.begin <= parent.end && parent.end <= tree.text().size());
    for (NodeId child = parent.first; child != 0; child = tree[child].next) {
      require(child < tree.size());
      const bool decorates = tree[child].field == solvent::syntax::python::Field::kDecorator;
      require(decorates || tree[child].begin >= parent.begin);
      require(tree[child].end <= parent.end);
      open.push_back(child);
    }
  }
}

/// A literal is at least as long as what it says.
void check_values(const Tree& tree) {
  for (NodeId id = 1; id < tree.size(); ++id) {
    require(tree.place(tree[id].begin).line <= tree.lines());
    if (tree[id].kind == Kind::kConstant) {
      require(tree.string_value(id).size() <= tree.span(id).size());
    } else if (tree[id].kind == Kind::kAttribute) {
      require(!tree.name(id).empty());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const solvent::syntax::python::Limits limits{.depth_max = 200};
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const Tree tree = solvent::syntax::python::parse(source, limits);
  check_nodes(tree);
  check_values(tree);
  const Tree again = solvent::syntax::python::parse(source, limits);
  require(again.size() == tree.size() && again.root() == tree.root());
  require(tree.size() == 0 || std::memcmp(&tree[0], &again[0], tree.size() * sizeof(Node)) == 0);
  require(again.errors().size() == tree.errors().size());
  return 0;
}
