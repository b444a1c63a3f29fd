cmake_minimum_required(VERSION 3.22)
# Makes the pictures of all views that need no terminal, and those of the README, and checks that
# each is a whole SVG of the right size, and what is on it.
# cmake -DRACELANE=path -DPICTURES=assets/pictures -DWORK=folder -P tests/pictures.cmake
file(REMOVE_RECURSE ${WORK})
set(ENV{THEMES} light)
foreach(what all readme)
    execute_process(COMMAND ${PICTURES} ${RACELANE} ${WORK} ${what} OUTPUT_VARIABLE out
                    ERROR_VARIABLE out RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${PICTURES} ${what}: exit status ${status}\n${out}")
    endif()
endforeach()

file(READ ${PICTURES} script)
string(REGEX MATCH "\nsimulated\\(\\).*\nreal\\(\\)" script "${script}")
string(REGEX MATCHALL "\n    view [a-z0-9-]+" views "${script}")
list(LENGTH views n_views)
file(GLOB pictures ${WORK}/*-light.svg)
list(LENGTH pictures n)
math(EXPR wanted "3 * ${n_views}")
if(n_views LESS 15 OR NOT n EQUAL wanted)
    message(FATAL_ERROR "${n} pictures of ${n_views} views, at three sizes")
endif()

file(GLOB pictures ${WORK}/*.svg)
foreach(picture ${pictures})
    file(READ ${picture} svg)
    if(NOT svg MATCHES "^<svg .*</svg>\n$")
        message(SEND_ERROR "${picture} is no whole SVG")
    endif()
    if(NOT picture MATCHES "-([0-9]+)x([0-9]+)-light.svg$")
        continue()
    endif()
    math(EXPR w "${CMAKE_MATCH_1} * 10 + 20")
    math(EXPR h "${CMAKE_MATCH_2} * 20 + 20")
    string(FIND "${svg}" "viewBox=\"0 0 ${w} ${h}\"" place)
    if(place EQUAL -1)
        message(SEND_ERROR "${picture} is not ${w} by ${h}")
    endif()
endforeach()

# Words that each view alone has.
foreach(view "lanes:lost updates" "moment:moment of loss" "locks:waits for guard" "tree:who steps next"
             "orders:counter ends as" "help:pause, go on" "lesson:Both had loaded" "big:LOCK"
             "predict:your guess" "pool:results" "deadlock:deadlock" "crowd:lanes a row")
    string(REGEX MATCH "^[^:]+" name "${view}")
    string(REGEX REPLACE "^[^:]+:" "" words "${view}")
    file(READ ${WORK}/${name}-80x24-light.txt text)
    string(FIND "${text}" "${words}" place)
    if(place EQUAL -1)
        message(SEND_ERROR "${name} at 80x24 does not say ${words}:\n${text}")
    endif()
endforeach()
