#include "remedies/code/meaning/meaning.h"

#include "remedies/code/meaning/evaluator.h"

namespace solvent::remedies::code {

Meaning::Meaning(const Library& library, Vocabulary& vocabulary)
    : library_(library), vocabulary_(vocabulary), evaluator_(std::make_unique<Evaluator>(*this)) {}

Meaning::~Meaning() = default;

void Meaning::read(const syntax::python::Tree& tree) {
  tree_ = &tree;
  values_.assign(tree.size(), Value());
  words_.assign(tree.size(), 0);
  evaluator_->run();
}

Word Meaning::word(syntax::python::NodeId id) {
  Word& word = words_[id];
  if (word != 0 || id == 0) return word;
  const std::string_view written = tree_->written_name(id);
  bool ascii = true;
  for (const char c : written) ascii = ascii && static_cast<signed char>(c) >= 0;
  word = vocabulary_.word(ascii ? written : std::string_view(tree_->name(id)));
  return word;
}

}  // namespace solvent::remedies::code
