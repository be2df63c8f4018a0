# Headers of the standard library (and GoogleTest, for tests) are parsed once for all translation units: a third of a
# clean build. A file still includes what it uses.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang") # so that ccache can tell two of them apart by what they hold
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
set(kind gch)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(kind pch)
endif()
function(solvent_precompiled name)
  cmake_parse_arguments(P "" "" "OPTIONS;LIBS;HEADERS" ${ARGN})
  set(source ${CMAKE_BINARY_DIR}/precompiled/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${source})
  target_compile_options(${name} PRIVATE ${P_OPTIONS})
  target_link_libraries(${name} PRIVATE ${P_LIBS})
  target_precompile_headers(${name} PRIVATE ${P_HEADERS})
  # What ccache takes for the bytes of the precompiled file, which differ from folder to folder.
  set(folder ${CMAKE_BINARY_DIR}/CMakeFiles/${name}.dir)
  get_directory_property(options COMPILE_OPTIONS)
  string(REPLACE "${CMAKE_SOURCE_DIR}" "" options "${options}")
  file(CONFIGURE OUTPUT ${folder}/cmake_pch.hxx.${kind}.sum CONTENT
       "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${options} ${P_OPTIONS} ${P_HEADERS}\n" @ONLY)
endfunction()

set(standard <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <expected> <functional> <map>
             <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <unordered_map> <variant> <vector>)
solvent_precompiled(solvent_headers HEADERS ${standard})
if(SOLVENT_OPTIMISED)
  solvent_precompiled(solvent_optimised_headers OPTIONS -O1 HEADERS ${standard})
endif()
# Programs are compiled with -fPIE, libraries with -fPIC; a compiler takes only what was compiled alike.
solvent_precompiled(solvent_test_headers OPTIONS -fPIE -O0 LIBS GTest::gtest GTest::gmock
                    HEADERS ${standard} <gmock/gmock.h> <gtest/gtest.h>)
set_target_properties(solvent_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
