# SPDX-License-Identifier: LGPL-3.0-or-later
# What is tested under a sanitizer: the library in the test's own process. The engine's processes are those of
# the dev build, and so is the shell: a sanitizer inside an engine would outgrow the small kernel it runs in.
if(VMCRAFT_SANITIZE STREQUAL thread)
  add_custom_target(sanitized DEPENDS test_threads ${HELPER_TOOLS})
  add_test(NAME threads-host COMMAND test_threads --gtest_filter=*host)
  add_test(NAME threads-uml COMMAND test_threads --gtest_filter=*uml)
  set_tests_properties(threads-host threads-uml PROPERTIES LABELS sanitized)
  set_tests_properties(threads-host PROPERTIES ENVIRONMENT TSAN_OPTIONS=halt_on_error=1)
  set_tests_properties(threads-uml PROPERTIES
    ENVIRONMENT "TSAN_OPTIONS=halt_on_error=1;VMCRAFT_LIBEXEC=${CMAKE_SOURCE_DIR}/build/dev")
else()
  add_custom_target(sanitized DEPENDS test_unit test_probe test_kernel ${HELPER_TOOLS})
  set(options ASAN_OPTIONS=detect_leaks=0)
  add_test(NAME unit COMMAND test_unit)
  add_test(NAME unit-io-ring COMMAND test_unit --gtest_filter=File*)
  add_test(NAME probe COMMAND test_probe)
  set_tests_properties(unit unit-io-ring probe PROPERTIES LABELS sanitized)
  set_tests_properties(unit probe PROPERTIES ENVIRONMENT ${options})
  set_tests_properties(unit-io-ring PROPERTIES ENVIRONMENT "${options};VMCRAFT_IO_RING=always")
  foreach(part RANGE 3)
    add_test(NAME kernel-host-${part} COMMAND test_kernel --gtest_filter=*host:-*Kill*:*ByTheShell*)
    set_tests_properties(kernel-host-${part} PROPERTIES LABELS sanitized COST 100
      ENVIRONMENT "${options};GTEST_TOTAL_SHARDS=4;GTEST_SHARD_INDEX=${part}")
  endforeach()
endif()
