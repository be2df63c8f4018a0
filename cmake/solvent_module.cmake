# libstdc++ 12 uses in its own std::stable_sort what it has marked deprecated; clang says so.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-deprecated-declarations)
endif()

if(SOLVENT_FUZZ)
  add_custom_target(solvent_fuzzers)
endif()

set(SOLVENT_BATCH 10 CACHE STRING "Sources compiled at once; 1: each alone")

# solvent_batches(OUT TARGET SOURCE…): the sources by the ten, since headers cost more than all else: a clean build takes
# less than half. The batches name them as other files do, so that two checkouts share what ccache keeps. Checks have names
# like each other's (kId, run) and stay alone; `make lint` compiles each file alone.
function(solvent_batches out target)
  set(batch "")
  set(made "")
  set(count 0)
  set(number 0)
  foreach(source IN LISTS ARGN)
    if(SOLVENT_BATCH LESS 2 OR source MATCHES "_checks?\\.cc$" OR NOT source MATCHES "\\.cc$")
      list(APPEND made ${source})
      continue()
    endif()
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/src ${source})
    string(APPEND batch "#include \"${name}\"\n")
    math(EXPR count "${count} + 1")
    if(count EQUAL SOLVENT_BATCH)
      math(EXPR number "${number} + 1")
      file(CONFIGURE OUTPUT ${target}_${number}.cc CONTENT "${batch}")
      list(APPEND made ${CMAKE_CURRENT_BINARY_DIR}/${target}_${number}.cc)
      set(batch "")
      set(count 0)
    endif()
  endforeach()
  if(batch)
    file(CONFIGURE OUTPUT ${target}_rest.cc CONTENT "${batch}")
    list(APPEND made ${CMAKE_CURRENT_BINARY_DIR}/${target}_rest.cc)
  endif()
  set(${out} ${made} PARENT_SCOPE)
endfunction()

# solvent_module(NAME base LIBS …): one static library from the folder's *.cc, one test binary from
# its *_test.cc (ctest label = NAME), one bench from *_bench.cc, one fuzzer from each *_fuzz.cc.
function(solvent_module)
  cmake_parse_arguments(M "" "NAME" "LIBS;TEST_LIBS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  set(benches ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  foreach(name IN LISTS M_EXCLUDE)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  endforeach()

  string(REPLACE "/" "_" target "solvent_${M_NAME}")
  solvent_batches(sources ${target} ${sources})
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${M_LIBS})
  if(M_NAME IN_LIST SOLVENT_OPTIMISED)
    target_compile_options(${target} PRIVATE -O1)
    target_precompile_headers(${target} REUSE_FROM solvent_optimised_headers)
  else()
    target_precompile_headers(${target} REUSE_FROM solvent_headers)
  endif()
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/schema.sql)
    solvent_embed(${target} ${target}_schema_sql ${CMAKE_CURRENT_SOURCE_DIR}/schema.sql)
  endif()

  if(tests AND BUILD_TESTING)
    solvent_batches(tests ${target}_test ${tests})
    add_executable(${target}_test ${tests})
    target_include_directories(${target}_test PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target}_test PRIVATE ${target} ${M_TEST_LIBS} GTest::gtest GTest::gmock
                                                 GTest::gtest_main)
    target_precompile_headers(${target}_test REUSE_FROM solvent_test_headers)
    target_compile_options(${target}_test PRIVATE -O0) # what is tested is optimised; the tests compile in half the time
    add_test(NAME ${M_NAME} COMMAND ${target}_test)
    set_tests_properties(${M_NAME} PROPERTIES LABELS "${M_NAME}" TIMEOUT 600)
    set_property(GLOBAL APPEND PROPERTY SOLVENT_TEST_TARGETS ${target}_test)
  endif()
  if(benches AND NOT SOLVENT_SANITIZE)
    add_executable(${target}_bench EXCLUDE_FROM_ALL ${benches})
    target_link_libraries(${target}_bench PRIVATE ${target} ${M_TEST_LIBS} benchmark::benchmark_main)
    set_property(GLOBAL APPEND PROPERTY SOLVENT_BENCH_TARGETS ${target}_bench)
  endif()
  if(SOLVENT_FUZZ)
    foreach(fuzzer IN LISTS fuzzers)
      get_filename_component(name ${fuzzer} NAME_WE)
      string(REPLACE "/" "_" name "${M_NAME}_${name}")
      add_executable(${name} ${fuzzer})
      target_link_libraries(${name} PRIVATE ${target} -fsanitize=fuzzer)
      add_dependencies(solvent_fuzzers ${name})
    endforeach()
  endif()
endfunction()

# solvent_embed(TARGET SYMBOL FILE): the file's bytes as `extern "C" const char SYMBOL[]`, closed by a
# zero byte, and `extern "C" const char SYMBOL_end[]` at that zero. A folder's schema.sql becomes
# solvent_<name>_schema_sql without being asked for.
function(solvent_embed target symbol file)
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  file(CONFIGURE OUTPUT ${assembly} CONTENT [[
    .section .rodata
    .global @symbol@
    .global @symbol@_end
    .balign 16
@symbol@:
    .incbin "@file@"
@symbol@_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
]] @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${assembly})
endfunction()

# solvent_embed_files(TARGET SYMBOL FILE…): the files as a table `extern "C" const solvent::EmbeddedFile SYMBOL[]`
# (base/embedded.h), sorted by name, closed by an entry without a name. Names are relative to the folder that calls.
function(solvent_embed_files target symbol)
  set(files ${ARGN})
  list(SORT files)
  set(bytes "")
  set(table "")
  set(number 0)
  foreach(file IN LISTS files)
    file(RELATIVE_PATH name ${CMAKE_CURRENT_SOURCE_DIR} ${file})
    string(APPEND bytes "name_${number}:\n    .asciz \"${name}\"\ntext_${number}:\n    .incbin \"${file}\"\n"
                        "end_${number}:\n    .byte 0\n")
    string(APPEND table "    .quad name_${number}, text_${number}, end_${number} - text_${number}\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  file(CONFIGURE OUTPUT ${assembly} CONTENT [[
    .section .rodata
@bytes@
    .section .data.rel.ro,"aw",@progbits
    .global @symbol@
    .balign 16
@symbol@:
@table@    .quad 0, 0, 0
    .section .note.GNU-stack,"",@progbits
]] @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${assembly})
endfunction()
