#include "syntax/cell_commands.h"

#include <gtest/gtest.h>

namespace solvent::syntax {
namespace {

constexpr const char* kOverTwoArguments =
    "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', p])";

TEST(CellCommands, SeesInstallations) {
  for (const char* cell : {"!pip install numpy",
                           "  !pip3 install -q numpy",
                           "%pip install numpy",
                           "!!pip install x",
                           "%conda install -y x",
                           "!conda install x",
                           "!sudo apt-get install -y git",
                           "!apt-get -qq install git",
                           "!{sys.executable} -m pip install x",
                           "pip install x",
                           "import os\nos.system('pip install x')",
                           "!python -m pip install --user x",
                           kOverTwoArguments,
                           "subprocess.run('conda install x', shell=True)",
                           "%%bash\nset -e\npip install x",
                           "%%capture\n!pip install x",
                           "out = !pip install x",
                           "!cd /tmp && pip install .",
                           "try:\n    import x\nexcept ImportError:\n    !pip install x",
                           "!pip \\\n  install x",
                           "x = '''a\n'''\n!pip install x",
                           "%%script bash\nconda install x",
                           "!uv pip install x",
                           "get_ipython().system('pip install x')",
                           "!PIP_QUIET=1 pip install x",
                           "import pip\npip.main(['install', 'x'])",
                           "%system pip install x",
                           "f(\"it's\")\n!pip install x",
                           "%%time\n# note\n%pip install x"}) {
    EXPECT_TRUE(package_installation(cell, "python")) << cell;
  }
}

TEST(CellCommands, PassesOverWhatOnlyMentionsThem) {
  for (const char* cell : {"# !pip install numpy",
                           "print('!pip install numpy')",
                           "'''\n!pip install x\n'''",
                           "!pip list",
                           "!pip freeze",
                           "!pip download x",
                           "!echo pip install x",
                           "%%bash\n# pip install x",
                           "%%writefile setup.sh\npip install x",
                           "%%html\n!pip install x",
                           "# os.system('pip install x')",
                           "\"os.system('pip install x')\"",
                           "!pip uninstall -y x",
                           "!pip install",
                           "pip = 3",
                           "%matplotlib inline",
                           "raise ImportError('run: pip install x')",
                           "!ls # pip install x",
                           "!grep 'pip install' README",
                           "subprocess.run(['echo', 'pip', 'install', 'x'])",
                           "logging.info(\"pip install %s\", x)",
                           "",
                           "!",
                           "%",
                           "%%",
                           "%%bash",
                           "x = [\n!pip\n]"}) {
    EXPECT_FALSE(package_installation(cell, "python")) << cell;
  }
}

TEST(CellCommands, KnowsOtherLanguages) {
  EXPECT_TRUE(package_installation("install.packages(\"dplyr\")", "r"));
  EXPECT_FALSE(package_installation("# install.packages(\"dplyr\")", "r"));
  EXPECT_TRUE(package_installation("using Pkg\nPkg.add(\"CSV\")", "julia"));
}

TEST(CellCommands, BlanksTextsAndKeepsLengths) {
  const std::string source = "a = 'b#c' # d\n!ls\nx";
  EXPECT_EQ(python_without_texts(source), "a = '   '    \n   \nx");
  for (const char* odd : {"'", "\"\"\"", "'\\", "'''a\\", "(((", "%%capture", "a = \\"})
    EXPECT_EQ(python_without_texts(odd).size(), std::string_view(odd).size()) << odd;
}

}  // namespace
}  // namespace solvent::syntax
