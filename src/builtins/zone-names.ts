/**
 * Abbreviations of time zones from the IANA database, which Intl does not tell: seconds east of UTC with the abbreviation,
 * then the zones. Made by `record zones` of test/fixtures/opa-suite; zones without letters have numbers for names.
 */
const TABLE = `
-39600:SST Pacific/Midway Pacific/Pago_Pago Pacific/Samoa US/Samoa
-36000:HST HST Pacific/Honolulu Pacific/Johnston US/Hawaii
-36000:HST,-32400:HDT America/Adak America/Atka US/Aleutian
-32400:AKST,-28800:AKDT America/Anchorage America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat US/Alaska
-28800:PST,-25200:MST America/Dawson America/Fort_Nelson America/Whitehorse Canada/Yukon
-28800:PST,-25200:PDT America/Ensenada America/Los_Angeles America/Santa_Isabel America/Tijuana America/Vancouver Canada/Pacific Mexico/BajaNorte PST8PDT US/Pacific
-25200:MST America/Creston America/Dawson_Creek America/Hermosillo America/Phoenix MST US/Arizona
-25200:MST,-21600:CST America/Chihuahua
-25200:MST,-21600:CST,-18000:CDT America/Bahia_Banderas America/North_Dakota/Beulah America/North_Dakota/New_Salem America/Ojinaga
-25200:MST,-21600:MDT America/Boise America/Ciudad_Juarez America/Denver America/Edmonton America/Inuvik America/Mazatlan America/Shiprock America/Yellowknife Canada/Mountain MST7MDT Mexico/BajaSur Navajo US/Mountain
-25200:MST,-21600:MDT,-18000:CDT America/Cambridge_Bay
-21600:CST America/Belize America/Costa_Rica America/El_Salvador America/Regina America/Swift_Current Canada/Saskatchewan
-21600:CST,-18000:CDT America/Chicago America/Guatemala America/Indiana/Knox America/Indiana/Tell_City America/Knox_IN America/Managua America/Matamoros America/Menominee America/Merida America/Mexico_City America/Monterrey America/North_Dakota/Center America/Rainy_River America/Rankin_Inlet America/Resolute America/Tegucigalpa America/Winnipeg CST6CDT Canada/Central Mexico/General US/Central US/Indiana-Starke
-21600:CST,-18000:EST America/Cancun
-21600:CST,-18000:EST,-14400:EDT America/Indiana/Petersburg America/Indiana/Vincennes America/Indiana/Winamac America/Iqaluit America/Kentucky/Monticello America/Pangnirtung
-18000:CST,-14400:CDT America/Havana Cuba
-18000:EST America/Atikokan America/Cayman America/Coral_Harbour America/Jamaica America/Panama EST Jamaica
-18000:EST,-14400:AST America/Santo_Domingo
-18000:EST,-14400:EDT America/Detroit America/Fort_Wayne America/Grand_Turk America/Indiana/Indianapolis America/Indiana/Marengo America/Indiana/Vevay America/Indianapolis America/Kentucky/Louisville America/Louisville America/Montreal America/Nassau America/New_York America/Nipigon America/Port-au-Prince America/Thunder_Bay America/Toronto Canada/Eastern EST5EDT US/East-Indiana US/Eastern US/Michigan
-14400:AST America/Anguilla America/Antigua America/Aruba America/Barbados America/Blanc-Sablon America/Curacao America/Dominica America/Grenada America/Guadeloupe America/Kralendijk America/Lower_Princes America/Marigot America/Martinique America/Montserrat America/Port_of_Spain America/Puerto_Rico America/St_Barthelemy America/St_Kitts America/St_Lucia America/St_Thomas America/St_Vincent America/Tortola America/Virgin
-14400:AST,-10800:ADT America/Glace_Bay America/Goose_Bay America/Halifax America/Moncton America/Thule Atlantic/Bermuda Canada/Atlantic
-12600:NST,-9000:NDT America/St_Johns Canada/Newfoundland
0:GMT Africa/Abidjan Africa/Accra Africa/Bamako Africa/Banjul Africa/Bissau Africa/Conakry Africa/Dakar Africa/Freetown Africa/Lome Africa/Monrovia Africa/Nouakchott Africa/Ouagadougou Africa/Timbuktu America/Danmarkshavn Atlantic/Reykjavik Atlantic/St_Helena Etc/GMT Etc/GMT+0 Etc/GMT-0 Etc/GMT0 Etc/Greenwich GMT GMT+0 GMT-0 GMT0 Greenwich Iceland
0:GMT,3600:BST Europe/Belfast Europe/Guernsey Europe/Isle_of_Man Europe/Jersey Europe/London GB GB-Eire
0:GMT,3600:IST Eire Europe/Dublin
0:GMT,3600:WAT Africa/Sao_Tome
0:UTC Etc/UCT Etc/UTC Etc/Universal Etc/Zulu UCT UTC Universal Zulu
0:WET,3600:WEST Atlantic/Canary Atlantic/Faeroe Atlantic/Faroe Atlantic/Madeira Europe/Lisbon Portugal WET
3600:CET Africa/Algiers
3600:CET,7200:CEST Africa/Ceuta Africa/Tunis Arctic/Longyearbyen Atlantic/Jan_Mayen CET Europe/Amsterdam Europe/Andorra Europe/Belgrade Europe/Berlin Europe/Bratislava Europe/Brussels Europe/Budapest Europe/Busingen Europe/Copenhagen Europe/Gibraltar Europe/Ljubljana Europe/Luxembourg Europe/Madrid Europe/Malta Europe/Monaco Europe/Oslo Europe/Paris Europe/Podgorica Europe/Prague Europe/Rome Europe/San_Marino Europe/Sarajevo Europe/Skopje Europe/Stockholm Europe/Tirane Europe/Vaduz Europe/Vatican Europe/Vienna Europe/Warsaw Europe/Zagreb Europe/Zurich Poland
3600:CET,7200:EET Africa/Tripoli Libya
3600:MET,7200:MEST MET
3600:WAT Africa/Bangui Africa/Brazzaville Africa/Douala Africa/Kinshasa Africa/Lagos Africa/Libreville Africa/Luanda Africa/Malabo Africa/Ndjamena Africa/Niamey Africa/Porto-Novo
3600:WAT,7200:CAT Africa/Windhoek
7200:CAT Africa/Blantyre Africa/Bujumbura Africa/Gaborone Africa/Harare Africa/Kigali Africa/Lubumbashi Africa/Lusaka Africa/Maputo
7200:CAT,10800:EAT Africa/Juba Africa/Khartoum
7200:EET Asia/Amman Asia/Damascus Asia/Istanbul Europe/Istanbul Europe/Kaliningrad Europe/Minsk Turkey
7200:EET,10800:EEST Africa/Cairo Asia/Beirut Asia/Famagusta Asia/Gaza Asia/Hebron Asia/Nicosia EET Egypt Europe/Athens Europe/Bucharest Europe/Chisinau Europe/Helsinki Europe/Kiev Europe/Kyiv Europe/Mariehamn Europe/Nicosia Europe/Riga Europe/Sofia Europe/Tallinn Europe/Tiraspol Europe/Uzhgorod Europe/Vilnius Europe/Zaporozhye
7200:EET,10800:MSK,14400:MSK Europe/Simferopol
7200:IST,10800:IDT Asia/Jerusalem Asia/Tel_Aviv Israel
7200:SAST Africa/Johannesburg Africa/Maseru Africa/Mbabane
10800:EAT Africa/Addis_Ababa Africa/Asmara Africa/Asmera Africa/Dar_es_Salaam Africa/Djibouti Africa/Kampala Africa/Mogadishu Africa/Nairobi Indian/Antananarivo Indian/Comoro Indian/Mayotte
10800:MSK Europe/Volgograd
10800:MSK,14400:MSK Europe/Kirov Europe/Moscow W-SU
18000:PKT,21600:PKST Asia/Karachi
19800:IST Asia/Calcutta Asia/Kolkata
25200:WIB Asia/Jakarta Asia/Pontianak
28800:AWST,32400:AWDT Australia/Perth Australia/West
28800:CST Asia/Chongqing Asia/Chungking Asia/Harbin Asia/Macao Asia/Macau Asia/Shanghai Asia/Taipei PRC ROC
28800:HKT Asia/Hong_Kong Hongkong
28800:PST Asia/Manila
28800:WITA Asia/Makassar Asia/Ujung_Pandang
30600:KST,32400:KST Asia/Pyongyang
32400:JST Asia/Tokyo Japan
32400:KST Asia/Seoul ROK
32400:WIT Asia/Jayapura
34200:ACST Australia/Darwin Australia/North
34200:ACST,37800:ACDT Australia/Adelaide Australia/Broken_Hill Australia/South Australia/Yancowinna
36000:AEST Australia/Brisbane Australia/Lindeman Australia/Queensland
36000:AEST,39600:AEDT Antarctica/Macquarie Australia/ACT Australia/Canberra Australia/Currie Australia/Hobart Australia/Melbourne Australia/NSW Australia/Sydney Australia/Tasmania Australia/Victoria
36000:ChST Pacific/Guam Pacific/Saipan
43200:NZST,46800:NZDT Antarctica/McMurdo Antarctica/South_Pole NZ Pacific/Auckland
`;

/** For each zone the abbreviation at each offset, in seconds east of UTC. */
export const ZONE_NAMES: ReadonlyMap<string, ReadonlyMap<number, string>> = new Map(
  TABLE.trim()
    .split('\n')
    .flatMap((line) => {
      const [pairs = '', ...zones] = line.split(' ');
      const names = new Map(
        pairs.split(',').map((pair) => {
          const [offset = '', name = ''] = pair.split(':');
          return [Number(offset), name] as const;
        }),
      );
      return zones.map((zone) => [zone, names] as const);
    }),
);
