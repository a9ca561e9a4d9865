# SPDX-License-Identifier: LGPL-3.0-or-later
# lazy_library(NAME OBJECTS LIBRARY...): an object library of stubs that load each LIBRARY with the first call
# that the object files of target OBJECTS make to it; see tools/lazylink.
function(lazy_library name objects)
  set(paths)
  foreach(library ${ARGN})
    find_library(LAZY_PATH_${library} ${library} REQUIRED)
    list(APPEND paths ${LAZY_PATH_${library}})
  endforeach()
  if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${paths})
    return()
  endif()
  set(stubs ${CMAKE_BINARY_DIR}/${name}.S)
  set(list ${CMAKE_BINARY_DIR}/${name}_objects.txt)
  file(GENERATE OUTPUT ${list} CONTENT "$<JOIN:$<TARGET_OBJECTS:${objects}>,\n>\n")
  add_custom_command(OUTPUT ${stubs}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/lazylink/lazylink.py
      ${stubs} ${list} ${paths}
    DEPENDS ${objects} $<TARGET_OBJECTS:${objects}>
      ${CMAKE_SOURCE_DIR}/tools/lazylink/lazylink.py
    COMMENT "Writing the stubs of libraries that are loaded on first use")
  add_library(${name} OBJECT ${stubs})
endfunction()
