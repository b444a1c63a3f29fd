cmake_minimum_required(VERSION 3.22)
# Plays a lesson to its end without a terminal, or, without LESSON, looks whether what the program
# lists is what is tested: a test for each of TAPES.
# cmake -DRACELANE=path [-DLESSON=name] [-DTAPES=names] -P tests/lesson.cmake
if(NOT DEFINED LESSON)
    execute_process(COMMAND ${RACELANE} lesson OUTPUT_VARIABLE out RESULT_VARIABLE status)
    string(REGEX REPLACE "[^\n]*(^|\n)([^ \n]+)[^\n]*" "\\2;" listed "\n${out}")
    string(REGEX REPLACE "[;\n]+$" "" listed "${listed}")
    if(NOT status EQUAL 0 OR NOT listed STREQUAL "${TAPES}")
        message(FATAL_ERROR "racelane lesson (exit status ${status}) lists\n${listed}\nnot\n${TAPES}")
    endif()
    return()
endif()

execute_process(COMMAND ${RACELANE} lesson ${LESSON} --size 80x24 --quick
                OUTPUT_VARIABLE out ERROR_VARIABLE err RESULT_VARIABLE status)
# The last page is on the screen that is left.
if(NOT status EQUAL 0 OR NOT err STREQUAL "" OR NOT out MATCHES " page ([0-9]+) of ([0-9]+)\n" OR
   NOT CMAKE_MATCH_1 STREQUAL CMAKE_MATCH_2)
    message(FATAL_ERROR "${LESSON}: exit status ${status}\n${out}${err}")
endif()
