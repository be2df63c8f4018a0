#include "remedies/code/declared.h"

#include <gtest/gtest.h>

#include "check/memory_tree.h"

namespace solvent::remedies::code {
namespace {

bool admits(std::string file, std::string text, std::string_view requirement) {
  check::MemoryTree tree;
  tree.add(std::move(file), std::move(text));
  return Declared(tree).admits(requirement);
}

TEST(Declared, ReadsWhatProjectsWriteTheirVersionsIn) {
  EXPECT_FALSE(admits("requirements.txt", "numpy==1.26.4\n", "numpy>=2.0"));
  EXPECT_FALSE(admits("requirements/base.txt.in/requirements-dev.txt", "numpy<2\n", "numpy>=2.0"));
  EXPECT_FALSE(admits("setup.py", "setup(install_requires=['numpy>=1.20,<2.0'])", "numpy>=2.0"));
  EXPECT_FALSE(admits("setup.py", "R = ['NumPy < 2']\nsetup(install_requires=R)", "numpy>=2.0"));
  EXPECT_FALSE(
      admits("setup.cfg", "[options]\ninstall_requires =\n    scipy\n    numpy<2\n", "numpy>=2"));
  EXPECT_FALSE(admits("setup.cfg", "[options]\ninstall_requires = numpy<2\n", "numpy>=2"));
  EXPECT_FALSE(admits("pyproject.toml", "[project]\ndependencies = ['numpy<2']\n", "numpy>=2.0"));
  const std::string poetry = "[tool.poetry.dependencies]\nnumpy = ";
  EXPECT_FALSE(admits("pyproject.toml", poetry + "'^1.21'\n", "numpy>=2.0"));
  EXPECT_FALSE(
      admits("pyproject.toml", poetry + "{version = '~1.21', optional = true}\n", "numpy>=1.24"));
  EXPECT_FALSE(admits("pyproject.toml", poetry + "'1.21.0'\n", "numpy>=1.24"));
}

TEST(Declared, AllowsWhatNothingForbids) {
  EXPECT_TRUE(admits("requirements.txt", "scipy==1.0\n", "numpy>=2.0"));
  EXPECT_TRUE(admits("requirements.txt", "numpy\n", "numpy>=2.0"));
  EXPECT_TRUE(admits("requirements.txt", "numpy>=1.20\n", "numpy>=2.0"));
  EXPECT_TRUE(admits("requirements.txt", "numpy>=2.1,<3\n", "numpy>=2.0"));
  EXPECT_TRUE(admits("requirements.txt", "numpy>1.26,!=2.0\n", "numpy>=2.0"));
  EXPECT_TRUE(admits("requirements.txt", "numpy<2\n", "numpy"));
  EXPECT_TRUE(
      admits("pyproject.toml", "[tool.poetry.dependencies]\nnumpy = '^2.1'\n", "numpy>=2.0"));
  EXPECT_TRUE(admits("pyproject.toml", "[tool.poetry.dependencies]\nnumpy = '*'\n", "numpy>=2.0"));
  EXPECT_TRUE(admits("pyproject.toml", "[broken", "numpy>=2.0"));
  EXPECT_TRUE(admits("setup.py", "setup(install_requires=read())", "numpy>=2.0"));
  EXPECT_TRUE(admits("setup.py", "R = R\nsetup(install_requires=R)", "numpy>=2.0"));
  EXPECT_FALSE(admits("requirements.txt", "torch==1.4.0\n", "torch<1.4"));
}

TEST(Declared, OneFileThatAllowsItIsEnough) {
  check::MemoryTree tree;
  tree.add("requirements.txt", "numpy==1.26.4\n");
  tree.add("setup.py", "setup(install_requires=['numpy>=1.20'])");
  EXPECT_TRUE(Declared(tree).admits("numpy>=2.0"));
}

}  // namespace
}  // namespace solvent::remedies::code
