#include "sim/scenario_codes.h"

namespace dure::sim {

const std::vector<CodeFacts>& all_codes() {
  static const std::vector<CodeFacts> kCodes = {
      // the command line
      {"E0001", {"unknown command", "없는 명령"}, {"The first word behind `dure` is no command.", "`dure` 뒤의 첫 낱말이 명령이 아닙니다."}, "dure chek korea.txtpb",
       {"`dure --help` lists the commands.", "`dure --help`로 명령 목록을 볼 수 있습니다."}},
      {"E0002", {"unknown option or argument", "없는 옵션이나 인자"}, {"The command does not know this word.", "명령이 모르는 낱말입니다."}, "dure check --strict korea.txtpb",
       {"`dure COMMAND --help` lists what a command takes.", "`dure 명령 --help`로 쓸 수 있는 것을 볼 수 있습니다."}},
      {"E0003", {"something is missing on the command line", "명령줄에 빠진 것이 있음"}, {"A required argument, or the value of an option, is missing.", "꼭 필요한 인자나 옵션의 값이 빠졌습니다."}, "dure check",
       {"Add it; `dure COMMAND --help` shows the order.", "빠진 것을 넣으십시오. 순서는 `dure 명령 --help`에 있습니다."}},
      {"E0004", {"a value on the command line is not of the right kind", "명령줄 값의 종류가 맞지 않음"}, {"An option wants a number or one of a few words.", "숫자나 정해진 낱말이 와야 하는 옵션입니다."}, "dure check --lang french korea.txtpb",
       {"Give a value of the kind that `--help` shows.", "`--help`에 나오는 종류의 값을 주십시오."}},
      {"E0005", {"nothing of that name to explain", "설명할 것이 없음"}, {"No field, message, behaviour or code has this name.", "그런 항목, 메시지, 동작, 오류 코드가 없습니다."}, "dure explain pu",
       {"Name a field (`pue`, `Site.pue`, `site.pue`), a message or a code.", "항목(`pue`, `Site.pue`, `site.pue`), 메시지, 코드 가운데 하나를 쓰십시오."}},
      // reading
      {"E0101", {"file cannot be read", "파일을 읽을 수 없음"}, {"The scenario, or a file it extends, is missing or closed to you.", "시나리오나 그 바탕 파일이 없거나 읽을 권한이 없습니다."}, "extends: \"bsae.txtpb\"",
       {"Check the path: in `extends` it is taken from the folder of the file that says so.", "경로를 확인하십시오. `extends`의 경로는 그것을 적은 파일의 폴더를 기준으로 합니다."}},
      {"E0102", {"not protobuf text format", "텍스트 형식 오류"}, {"A name, a colon, a bracket or a quote is missing or too many.", "이름, 쌍점, 괄호, 따옴표가 빠졌거나 남습니다."}, "site { site \"honam\" }",
       {"A value is written `name: value`, a block `name { ... }`, text in quotes, a comment behind #.", "값은 `이름: 값`, 블록은 `이름 { ... }`, 글은 따옴표 안에, 주석은 # 뒤에 씁니다."}},
      {"E0103", {"unknown field", "없는 항목"}, {"The message has no field of this name.", "그런 이름의 항목이 없습니다."}, "site { site: \"honam\" peak_powr_mw: 40 }",
       {"Take the suggestion, or `dure explain Site` for all its fields.", "제안된 이름을 쓰거나 `dure explain Site`로 항목을 확인하십시오."}},
      {"E0104", {"value of the wrong type", "값의 종류가 다름"}, {"A number, a text, true or false, or a block was wanted.", "숫자, 글, true/false, 블록 중 다른 것이 와야 합니다."}, "tranche { cards: \"many\" }",
       {"Write the kind the message names: numbers without quotes, texts with.", "안내된 종류로 쓰십시오. 숫자는 따옴표 없이, 글은 따옴표로 씁니다."}},
      {"E0105", {"no such value of an enumeration", "목록에 없는 값"}, {"The field takes one of a few names.", "정해진 이름 가운데 하나만 쓸 수 있습니다."}, "workload { steady { run_time: NORMAL } }",
       {"Take one of the names shown; they are written without quotes.", "안내된 이름 가운데 하나를 따옴표 없이 쓰십시오."}},
      {"E0106", {"set twice, or two choices of one", "두 번 썼거나 둘 중 하나만 써야 함"}, {"A field that takes one value has two, or two behaviours stand where one belongs.", "값이 하나인 항목을 두 번 썼거나, 하나만 고를 동작을 둘 썼습니다."}, "scheduler { fcfs {} easy_backfill {} }",
       {"Keep one.", "하나만 남기십시오."}},
      {"E0107", {"out of range", "범위를 벗어남"}, {"The number lies outside the range the schema allows.", "숫자가 허용 범위를 벗어났습니다."}, "site { pue: 0.5 }",
       {"Choose a value within the range shown; mind the unit.", "안내된 범위 안의 값을 쓰십시오. 단위를 확인하십시오."}},
      {"E0108", {"not a finite number", "유한한 수가 아님"}, {"inf, nan or a number too large to hold.", "inf, nan, 또는 너무 큰 수입니다."}, "horizon_s: inf", {"Write a finite number.", "유한한 수를 쓰십시오."}},
      {"E0109", {"something required is missing", "꼭 필요한 항목이 없음"}, {"The field has no sensible default and must be given.", "기본값이 없어 반드시 주어야 하는 항목입니다."}, "tranche { tranche: \"a\" }",
       {"Add the field.", "그 항목을 넣으십시오."}},
      {"E0110", {"not a date", "날짜가 아님"}, {"Dates are written YYYY-MM-DD and must exist.", "날짜는 YYYY-MM-DD로 쓰며 실제로 있는 날이어야 합니다."}, "promised: \"2026-02-30\"",
       {"Write it as \"2026-03-31\".", "\"2026-03-31\"처럼 쓰십시오."}},
      {"E0111", {"two things of one name", "같은 이름이 둘"}, {"Names (keys) are unique within one file or table.", "한 파일이나 표 안에서 이름(키)은 하나뿐이어야 합니다."}, "site { site: \"a\" ... } site { site: \"a\" ... }",
       {"Rename or remove one. A file that extends another may repeat a name: that overrides.", "하나의 이름을 바꾸거나 지우십시오. extends로 물려받은 이름을 다시 쓰는 것은 덮어쓰기여서 괜찮습니다."}},
      {"E0112", {"name of something that is not there", "없는 것을 가리킴"}, {"The field names a site, card, region or the like that the scenario does not have.", "시나리오에 없는 센터, 카드, 권역 등을 가리킵니다."}, "tranche { site: \"honan\" ... }",
       {"Take the suggestion, or add the missing thing.", "제안된 이름을 쓰거나 빠진 것을 추가하십시오."}},
      {"E0113", {"table or file not found", "표나 파일을 찾을 수 없음"}, {"A CSV table or data file that the scenario names cannot be read.", "시나리오가 가리키는 CSV 표나 자료 파일을 읽을 수 없습니다."}, "site_table: \"site.csv\"",
       {"Paths are taken from the folder of the file that names them; ${NAME} is the environment's.", "경로는 이를 적은 파일의 폴더를 기준으로 하며 ${NAME}은 환경 변수입니다."}},
      {"E0114", {"broken row of a table", "표의 행이 깨짐"}, {"A row has another number of cells than the header, or a quote is astray.", "칸 수가 머리글과 다르거나 따옴표가 맞지 않습니다."}, "honam,Gwangju, the city,honam,40",
       {"Put quotes around cells that hold commas, and double quotes inside quotes.", "쉼표가 든 칸은 따옴표로 묶고, 안의 따옴표는 두 번 쓰십시오."}},
      {"E0115", {"header of a table", "표의 머리글"}, {"A column names no field, stands twice, or the table is empty.", "열 이름이 항목이 아니거나 두 번 나오거나 표가 비었습니다."}, "site,regoin,pue",
       {"Columns are fields of the row's message: `dure explain Site`.", "열 이름은 그 메시지의 항목이어야 합니다. `dure explain Site` 참고."}},
      {"E0116", {"extends in a circle", "extends가 돌고 돎"}, {"A file extends, by way of others, itself.", "파일이 돌고 돌아 자기 자신을 extends 합니다."}, "extends: \"itself.txtpb\"", {"Break the circle.", "고리를 끊으십시오."}},
      {"E0117", {"environment variable not set", "환경 변수가 없음"}, {"A path holds ${NAME}, and NAME is not set.", "경로에 ${NAME}이 있는데 그 변수가 없습니다."}, "file: \"${DURE_DATA}/philly.csv\"",
       {"Set it: DURE_DATA=/folder dure ...", "DURE_DATA=/폴더 dure ... 처럼 설정하십시오."}},
      {"E0118", {"not UTF-8", "UTF-8이 아님"}, {"The file holds bytes that are no UTF-8 text (EUC-KR, or no text at all).", "UTF-8이 아닌 바이트가 있습니다(EUC-KR이거나 텍스트가 아님)."}, "a table saved as EUC-KR",
       {"Save it as UTF-8; in a spreadsheet, \"CSV UTF-8\".", "UTF-8로 저장하십시오. 스프레드시트에서는 \"CSV UTF-8\"입니다."}},
      {"E0119", {"--set is not PATH=VALUE", "--set이 경로=값 꼴이 아님"}, {"There is no =, or the path has an open bracket or an empty step.", "=가 없거나 경로의 괄호나 단계가 잘못되었습니다."}, "--set site[honam.pue=1.2",
       {"As in --set site[honam].pue=1.2", "예: --set site[honam].pue=1.2"}},
      {"E0120", {"--set names nothing of the scenario", "--set의 경로가 시나리오에 없음"}, {"A step of the path is no field, no element or no choice.", "경로의 한 단계가 항목, 요소, 선택지가 아닙니다."}, "--set site[honan].pue=1.2",
       {"Take the suggestion; `dure show FILE` prints every path's place.", "제안된 이름을 쓰십시오. `dure show 파일`로 구조를 볼 수 있습니다."}},
      {"E0121", {"another kind of file", "다른 종류의 파일"}, {"The first comment names a message that is no scenario.", "첫 주석이 시나리오가 아닌 메시지를 가리킵니다."}, "# proto-message: dure.Study",
       {"A scenario begins with `# proto-message: dure.Scenario`.", "시나리오는 `# proto-message: dure.Scenario`로 시작합니다."}},
      // across fields
      {"E0130", {"delivered before it is ordered", "발주보다 먼저 인도"}, {"A tranche is promised or delivered before its order day.", "카드 묶음의 약속일이나 인도일이 발주일보다 앞섭니다."}, "ordered: \"2025-05-01\" delivered_mid: \"2025-04-01\"",
       {"Correct one of the days.", "두 날짜 중 틀린 것을 고치십시오."}},
      {"E0131", {"low, mid and high out of order", "이른·유력·늦은 값의 순서"}, {"Three values that make a triangle must rise.", "삼각 분포의 세 값은 커지는 순서여야 합니다."}, "delivered_low: \"2025-06-01\" delivered_mid: \"2025-05-01\"",
       {"Sort them; defaults count too.", "순서를 바로잡으십시오. 기본값도 포함됩니다."}},
      {"E0132", {"ends before it starts", "시작보다 끝이 앞섬"}, {"The scenario or a term has no length.", "시나리오나 계약 기간의 길이가 없습니다."}, "start_date: \"2026-01-01\" end_date: \"2025-12-31\"",
       {"Put the end behind the start.", "끝을 시작 뒤로 옮기십시오."}},
      {"E0133", {"cards at a site without power", "전력 없는 센터의 카드"}, {"A tranche goes to a site whose peak_power_mw is 0.", "peak_power_mw가 0인 센터에 카드가 들어갑니다."}, "site { peak_power_mw: 0 }",
       {"Give the site a supply; for one that comes later use powered_from.", "수전 용량을 주십시오. 나중에 수전하면 powered_from을 쓰십시오."}},
      {"E0134", {"a part larger than the whole", "부분이 전체보다 큼"}, {"More cards for public use than the contract has.", "정부 활용 카드가 계약 카드보다 많습니다."}, "cards: 64 government_use_cards: 80",
       {"government_use_cards is a part of cards.", "government_use_cards는 cards의 일부입니다."}},
      {"E0200", {"a room refuses the scenario", "모형이 시나리오를 거절함"}, {"Each value is good, but a model cannot work with them together; the sentence says why.", "값 하나하나는 맞지만 모형이 함께 쓸 수 없습니다. 이유는 문장에 있습니다."}, "a job class that no site can hold",
       {"Follow the sentence.", "문장의 안내를 따르십시오."}},
      // the machine
      {"E0301", {"output cannot be written", "출력을 쓸 수 없음"}, {"Standard output is a full disk or a broken device.", "표준 출력이 가득 찬 디스크이거나 고장 난 장치입니다."}, "dure show korea.txtpb > /dev/full",
       {"Free space, or write elsewhere.", "공간을 비우거나 다른 곳에 쓰십시오."}},
      {"E0302", {"the machine refused", "시스템이 거절함"}, {"Memory, a file or a system call failed.", "메모리, 파일, 시스템 호출이 실패했습니다."}, "too little memory", {"`dure doctor` looks for causes.", "`dure doctor`로 원인을 찾아보십시오."}},
      {"E0501", {"results cannot be written", "결과를 쓸 수 없음"}, {"The output folder's disk is full or closed to you; nothing half-written is left.", "출력 폴더의 디스크가 가득 찼거나 권한이 없습니다. 쓰다 만 것은 남지 않습니다."}, "dure run tiny.txtpb -o /full/out",
       {"Free space, or choose another folder with -o.", "공간을 비우거나 -o로 다른 폴더를 고르십시오."}},
      {"E0502", {"the output folder exists", "출력 폴더가 이미 있음"}, {"Earlier results are never overwritten unasked.", "이미 있는 결과를 묻지 않고 덮어쓰지 않습니다."}, "dure run tiny.txtpb -o out/tiny (twice)",
       {"Choose another folder, or --force to replace one that holds a run.json.", "다른 폴더를 고르거나, run.json이 있는 폴더라면 --force로 바꾸십시오."}},
  };
  return kCodes;
}

const CodeFacts* find_code(std::string_view code) {
  for (const CodeFacts& facts : all_codes())
    if (facts.code == code) return &facts;
  return nullptr;
}

}  // namespace dure::sim
